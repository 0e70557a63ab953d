#include "daemon/web/callback_route.h"

namespace hrbridge::web {
namespace {

CallbackCall call_of(const Request& request) {
    return {request.query_value("msg_signature"),
            request.query_value("timestamp"),
            request.query_value("nonce"),
            request.query_value("echostr"),
            request.body};
}

Response receive(const CallbackRoute& route, const Request& request) {
    if (request.body.size() > route.most_bytes) {
        route.too_long();
        return plain_text(413, "This callback is too long.\n");
    }
    return route.receive(call_of(request));
}

}  // namespace

void add_callback_route(Router& router, const CallbackRoute& route) {
    router.add({"GET", route.path, {}, true, false, [route](const Visit& visit) {
                    return route.verify(call_of(visit.request));
                }});
    router.add({"POST", route.path, {}, true, false, [route](const Visit& visit) {
                    return receive(route, visit.request);
                }});
}

}  // namespace hrbridge::web
