#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hrbridge::connectors {

// What became of one attempt to send one message to one person.
struct SendOutcome {
    enum class Kind {
        Sent,     // accepted, for this receiver too
        Retry,    // not accepted, may work later (busy, network refused, rate limit)
        Unknown,  // the answer was lost: it may have been delivered
        Dead,     // can never work for this message or receiver
        Halt,     // no message can be sent until a person acts (60020, wrong secret …)
    };
    Kind kind = Kind::Retry;
    std::string code;   // errcode as text, "timeout", "connect"
    std::string error;  // for people; no personal data
    std::optional<std::string> message_id;
    std::optional<std::string> response_code;
    std::int64_t wait_seconds = 0;  // Retry and Halt: not before; 0: the wait grows by itself
    // Retry: whether it counts toward giving the message up; false when no request left, or the
    // platform took none because of its own limits.
    bool counts = true;
};

// Sends the exact request bytes of an outbox row. Thread-safe.
class MessageSender {
  public:
    virtual ~MessageSender() = default;
    virtual SendOutcome send(const std::string& request, const std::string& receiver) = 0;
};

}  // namespace hrbridge::connectors
