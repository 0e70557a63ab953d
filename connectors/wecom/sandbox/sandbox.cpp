#include "connectors/wecom/sandbox/sandbox.h"

#include <algorithm>
#include <utility>

#include "connectors/wecom/sandbox/admin.h"
#include "connectors/wecom/sandbox/api.h"
#include "connectors/wecom/sandbox/callbacks.h"
#include "connectors/wecom/sandbox/exchange.h"
#include "connectors/wecom/sandbox/pages.h"
#include "connectors/wecom/sandbox/server.h"
#include "connectors/wecom/sandbox/state.h"
#include "daemon/base/error.h"
#include "hrbridge_wecom_sandbox_files.h"

namespace hrbridge::wecom::sandbox {
namespace {

bool starts_with(const std::string& text, std::string_view prefix) {
    return text.rfind(prefix, 0) == 0;
}

bool is_loopback(const std::string& host) {
    return host == "127.0.0.1" || host == "::1" || host == "localhost";
}

// A page of another site that makes the browser reach loopback under its own name is turned away.
bool is_local(const Request& request) {
    const std::string host = request.host.substr(0, request.host.rfind(':'));
    const bool named_locally = is_loopback(host) || host == "[::1]";
    const bool own_origin = request.origin.empty() || request.origin == "http://" + request.host ||
                            request.origin == "https://" + request.host;
    return is_loopback(request.client) && named_locally && own_origin;
}

Response stylesheet() {
    Response response;
    response.content_type = "text/css; charset=utf-8";
    response.body = embedded_file("assets/style.css");
    return response;
}

Response show_page(State& state, const Request& request) {
    const bool post = request.method == "POST";
    if (post && request.path == "/press") {
        return press_page(state, request);
    }
    const std::scoped_lock lock(state.mutex);
    if (post && request.path == "/connect/oauth2/choice") {
        return authorize_choice(state, request);
    }
    if (request.method != "GET") {
        return html("405", 405);
    }
    if (request.path == "/") {
        return people_page(state);
    }
    if (request.path == "/style.css") {
        return stylesheet();
    }
    if (starts_with(request.path, "/people/")) {
        return person_page(state, request.path.substr(std::string_view("/people/").size()));
    }
    if (request.path == "/connect/oauth2/authorize" || request.path == "/wwlogin/sso/login") {
        return authorize_page(state, request);
    }
    return html("404", 404);
}

Response route(State& state, const Request& request) {
    if (starts_with(request.path, "/cgi-bin/")) {
        const std::scoped_lock lock(state.mutex);
        return call_api(state, request);
    }
    if (!is_local(request)) {
        return html("403", 403);
    }
    return starts_with(request.path, "/sandbox/") ? administer(state, request)
                                                  : show_page(state, request);
}

}  // namespace

class Sandbox::Impl {
  public:
    Impl(Options options, const base::Clock& clock) : state(std::move(options), clock) {}
    State state;
    std::unique_ptr<Server> server;
};

Sandbox::Sandbox(Options options, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {
    impl_->state.load();
}

Sandbox::~Sandbox() {
    stop();
}

std::string Sandbox::start() {
    const Options& options = impl_->state.options;
    if (!is_loopback(options.host)) {
        throw base::ConnectorError("wecom-sandbox",
                                   "host",
                                   base::Remedy::Stop,
                                   "the sandbox listens on loopback only: 127.0.0.1 or ::1");
    }
    impl_->server = std::make_unique<Server>(
        ServerOptions{options.host, options.port, options.certificate, options.key},
        [state = &impl_->state](const Request& request) { return route(*state, request); });
    const std::string host = options.host == "::1" ? "[::1]" : options.host;
    return (options.certificate.empty() ? "http://" : "https://") + host + ":" +
           std::to_string(impl_->server->port());
}

void Sandbox::stop() {
    impl_->server.reset();
}

void Sandbox::set_people(std::vector<Person> people) {
    const std::scoped_lock lock(impl_->state.mutex);
    impl_->state.options.people = std::move(people);
}

void Sandbox::set_punches(std::vector<Punch> punches) {
    const std::scoped_lock lock(impl_->state.mutex);
    impl_->state.options.punches = std::move(punches);
}

void Sandbox::set_callback(std::optional<CallbackTarget> target) {
    const std::scoped_lock lock(impl_->state.mutex);
    impl_->state.options.callback = std::move(target);
}

void Sandbox::set_trusted_ips(std::vector<std::string> addresses) {
    const std::scoped_lock lock(impl_->state.mutex);
    impl_->state.options.trusted_ips = std::move(addresses);
}

void Sandbox::trouble(Trouble trouble) {
    const std::scoped_lock lock(impl_->state.mutex);
    impl_->state.troubles.push_back(std::move(trouble));
}

void Sandbox::expire_tokens() {
    const std::scoped_lock lock(impl_->state.mutex);
    for (auto& [token, end] : impl_->state.tokens) {
        end = 0;
    }
}

void Sandbox::forget_tokens() {
    const std::scoped_lock lock(impl_->state.mutex);
    impl_->state.tokens.clear();
}

std::vector<Delivery> Sandbox::deliveries(const std::string& userid) const {
    const std::scoped_lock lock(impl_->state.mutex);
    std::vector<Delivery> found;
    std::copy_if(impl_->state.deliveries.begin(),
                 impl_->state.deliveries.end(),
                 std::back_inserter(found),
                 [&](const Delivery& d) { return userid.empty() || d.userid == userid; });
    return found;
}

Counters Sandbox::counters() const {
    const std::scoped_lock lock(impl_->state.mutex);
    return impl_->state.counters;
}

PressResult Sandbox::press(std::int64_t delivery, const std::string& key) {
    return press_button(impl_->state, delivery, key);
}

bool Sandbox::verify_callback_url() {
    return sandbox::verify_callback_url(impl_->state);
}

}  // namespace hrbridge::wecom::sandbox
