#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/time.h"

namespace hrbridge::model {

enum class OutboxState { Waiting, Sending, Sent, Uncertain, Dead };

// One message to one receiver. `request` is the exact body, fixed before the first attempt,
// because WeCom's duplicate check compares bytes.
struct OutboxEvent {
    std::int64_t id = 0;
    std::string event_key;
    std::string kind;  // warning_card, retraction_card, watch_digest, operations
    std::string receiver;
    std::string request;
    OutboxState state = OutboxState::Waiting;
    std::int64_t attempts = 0;
    base::Timestamp created_at;
    base::Timestamp next_attempt;
    std::optional<base::Timestamp> first_attempt;
    std::optional<base::Timestamp> last_attempt;
    std::optional<base::Timestamp> sent_at;
    std::optional<std::string> message_id;
    std::optional<std::string> response_code;
    std::optional<std::string> last_code;
    std::optional<std::string> last_error;
};

}  // namespace hrbridge::model
