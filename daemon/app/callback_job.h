#pragma once

#include <cstdint>
#include <stop_token>

#include "daemon/app/services.h"

namespace hrbridge::app {

// Works on the callbacks that wait in callback_inbox, oldest first, each in a transaction of its
// own; gives their number. A press of a card's button "read" becomes an audited note on its
// finding, if we sent that card to this person. What no work fits is marked and kept; what no
// present key opens is marked and tried again in the next pass.
std::int64_t work_on_callbacks(Services& services, const std::stop_token& stop);

}  // namespace hrbridge::app
