#pragma once

#include <string>

#include "connectors/wecom/sandbox/exchange.h"
#include "connectors/wecom/sandbox/state.h"

// The platform's interface. Each function does one API's work on a state whose mutex the caller
// holds.
namespace hrbridge::wecom::sandbox {

// Any request below /cgi-bin/: troubles, trusted addresses and the token come before the work.
Response call_api(State& state, const Request& request);

Response get_token(State& state, const Request& request);
Response send_message(State& state, const Request& request);
Response update_card(State& state, const Request& request);
Response recall_message(State& state, const Request& request);
Response get_user_info(State& state, const Request& request);
Response get_checkin_data(State& state, const Request& request);

// Whether JSON text has \u escapes, which the platform does not take (40033).
bool has_unicode_escapes(const std::string& json);

}  // namespace hrbridge::wecom::sandbox
