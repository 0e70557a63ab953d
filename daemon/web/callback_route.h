#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "daemon/web/router.h"

namespace hrbridge::web {

// A callback of the messaging platform as HTTP brings it, its query decoded once.
struct CallbackCall {
    std::string signature;
    std::string timestamp;
    std::string nonce;
    std::string echo;  // GET: the text of the address check
    std::string body;  // POST
};

using CallbackHandler = std::function<Response(const CallbackCall&)>;

struct CallbackRoute {
    std::string path;
    std::size_t most_bytes = 0;  // of a body; longer ones are answered 413 by `too_long`
    CallbackHandler verify;      // GET
    CallbackHandler receive;     // POST
    std::function<void()> too_long;
};

// A route without login and form token: the platform signs what it sends, and the handlers check
// that.
void add_callback_route(Router& router, const CallbackRoute& route);

}  // namespace hrbridge::web
