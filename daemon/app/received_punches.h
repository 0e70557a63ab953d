#pragma once

#include <optional>

#include "connectors/iclock/connector.h"
#include "daemon/base/seal.h"
#include "daemon/store/store.h"

namespace hrbridge::app {

// Reads what terminals pushed from the HR store. Both references must outlive it; the keys may come
// later than it is made.
class ReceivedPunches final : public iclock::Received {
  public:
    ReceivedPunches(store::Store& store, const std::optional<base::SealKeys>& keys)
        : store_(store), keys_(keys) {}

    std::int64_t newest(const std::string& source) override;
    std::vector<iclock::Record> read(const std::string& source,
                                     std::int64_t behind,
                                     std::int64_t until,
                                     std::size_t limit) override;

  private:
    store::Store& store_;
    const std::optional<base::SealKeys>& keys_;
};

}  // namespace hrbridge::app
