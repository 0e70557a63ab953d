#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "connectors/message_sender.h"
#include "connectors/wecom/client.h"
#include "connectors/wecom/send_limiter.h"
#include "daemon/base/clock.h"

namespace hrbridge::wecom {

// Sends the stored bytes of one message to one person by message/send and says what became of it.
// After 45009 nothing is sent for 60 seconds, after the next one in a row for 60 minutes.
class WecomSender final : public connectors::MessageSender {
  public:
    // All must outlive it. Without a ledger the limits hold within this process only.
    WecomSender(Client& client,
                SendLimits limits,
                const base::Clock& clock,
                SendLedger* ledger = nullptr)
        : client_(client), limiter_(limits, clock, ledger), clock_(clock) {}

    connectors::SendOutcome send(const std::string& request, const std::string& receiver) override;

  private:
    connectors::SendOutcome outcome_of(const Reply& reply, const std::string& receiver);
    connectors::SendOutcome refused(const ErrorRule& rule);
    std::int64_t open_breaker();
    std::int64_t breaker_seconds();
    void close_breaker();

    Client& client_;
    SendLimiter limiter_;
    const base::Clock& clock_;
    std::mutex mutex_;
    base::Timestamp blocked_until_;
    int frequency_errors_ = 0;  // in a row
};

}  // namespace hrbridge::wecom
