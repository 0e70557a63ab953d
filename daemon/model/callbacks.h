#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/time.h"

namespace hrbridge::model {

// What became of a callback. Nothing is ever dropped: what no work fits is marked and kept.
enum class CallbackOutcome {
    Noted,       // a person's answer, now a note on its finding
    Foreign,     // a press that fits no card which we sent to this person
    Unknown,     // a message or an event that this version has no work for
    Unreadable,  // its body opens with no present key; it waits for the key
};

// A happening that the platform told, as callback_inbox keeps it.
struct Callback {
    std::int64_t id = 0;
    std::string dedupe_key;  // the same happening has the same key, however often it is delivered
    base::Timestamp received_at;
    std::string event;  // "template_card_event"
    std::string body;   // deciphered; sealed in the store, empty where it is not asked for
};

}  // namespace hrbridge::model
