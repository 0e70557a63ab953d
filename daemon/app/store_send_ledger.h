#pragma once

#include "connectors/wecom/send_ledger.h"
#include "daemon/store/store.h"

namespace hrbridge::app {

// The store's send log as the sender's ledger. Each call has a connection and a transaction of its
// own and throws StoreError.
class StoreSendLedger final : public wecom::SendLedger {
  public:
    // `store` must outlive it.
    explicit StoreSendLedger(store::Store& store) : store_(store) {}

    std::chrono::seconds enter(const std::string& member,
                               base::Timestamp now,
                               const wecom::SendBounds& bounds) override;
    void take_back(const std::string& member) override;

  private:
    store::Store& store_;
};

}  // namespace hrbridge::app
