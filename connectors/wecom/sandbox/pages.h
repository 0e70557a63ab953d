#pragma once

#include <string>

#include "connectors/wecom/sandbox/exchange.h"
#include "connectors/wecom/sandbox/state.h"

// The pages for people. The caller holds the state's mutex, but for press_page().
namespace hrbridge::wecom::sandbox {

Response people_page(const State& state);
Response person_page(const State& state, const std::string& userid);
// A button of a card was pressed in a page.
Response press_page(State& state, const Request& request);
// The platform's address for logins, in WeCom or in another browser: who logs in?
Response authorize_page(const State& state, const Request& request);
// Somebody was chosen: back to the app with a code.
Response authorize_choice(State& state, const Request& request);

}  // namespace hrbridge::wecom::sandbox
