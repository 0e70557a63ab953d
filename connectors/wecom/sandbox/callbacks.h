#pragma once

#include <cstdint>
#include <string>

#include "connectors/wecom/sandbox/sandbox.h"
#include "connectors/wecom/sandbox/state.h"

namespace hrbridge::wecom::sandbox {

// Presses a button: tells the app's callback URL as the platform does (5 seconds, 3 repeats) and
// takes an encrypted passive reply (update_button). Locks the state but not while it waits.
PressResult press_button(State& state, std::int64_t delivery, const std::string& key);

// The check of a new callback URL: an encrypted random text must come back bare.
bool verify_callback_url(State& state);

}  // namespace hrbridge::wecom::sandbox
