#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/store/repositories.h"
#include "daemon/web/login_throttle.h"
#include "daemon/web/pages/pages.h"
#include "daemon/web/passwords.h"
#include "daemon/web/render.h"
#include "hrbridge_web_files.h"

namespace hrbridge::web {
namespace {

constexpr std::chrono::seconds kPause{2};
// A hash that no password has: an unknown account costs as much time as a known one.
constexpr const char* kNobodysHash =
    "scrypt$15$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

// Where a login leads: the page that was asked for, when it is one of this server.
std::string next_of(const Request& request) {
    const std::string next = request.query_value("next");
    return is_local_address(next) ? next : "/";
}

// An address that leads to `next` in the end.
std::string leading_to(const std::string& next, const std::string& path) {
    return next == "/" ? path : address(path, {{"next", next}});
}

Response login_form(const PageParts& parts, const Visit& visit, bool failed) {
    const std::string next = next_of(visit.request);
    nlohmann::json data{{"action", leading_to(next, "/login")}};
    if (parts.wecom_login) {
        data["wecom"] = leading_to(next, "/login/wecom");
    }
    if (failed) {
        data["failed"] = text_of(language_of(visit.request), "login_failed");
    }
    Response response = render_page(visit, "login.html", "login", data);
    response.status = failed ? 401 : 200;
    return response;
}

// WeCom's own browser says who it is without a question.
Response login_page(const PageParts& parts, const Visit& visit) {
    const bool silent = parts.wecom_login && is_inside_wecom(visit.request) &&
                        visit.request.query_value("local").empty();
    return silent ? redirect(leading_to(next_of(visit.request), "/login/wecom"))
                  : login_form(parts, visit, false);
}

const char* home_of(model::Role role) {
    return role == model::Role::Hr        ? "/findings"
           : role == model::Role::Checker ? "/checks"
                                          : "/runs";
}

// The account when name and password fit and it may log in.
std::optional<model::Account> check_password(store::sql::Connection& connection,
                                             const std::string& name,
                                             const std::string& password) {
    store::AccountRepository accounts(connection);
    auto account = accounts.find(name);
    const bool has_password = account && !account->password_hash.empty();
    const bool fits =
        password_matches(password, has_password ? account->password_hash : kNobodysHash);
    if (!account || account->disabled || !fits) {
        return std::nullopt;
    }
    return account;
}

std::optional<model::Account> authenticate(const PageParts& parts,
                                           LoginThrottle& throttle,
                                           store::sql::Connection& connection,
                                           const Request& request) {
    const std::string name = request.form_value("name");
    const LoginThrottle::Turn turn = throttle.begin(name, request.peer, parts.clock.now());
    if (turn.way() == LoginThrottle::Way::Refuse) {
        return std::nullopt;
    }
    if (turn.way() == LoginThrottle::Way::Slowly) {
        parts.clock.sleep(kPause, {});
    }
    auto account = check_password(connection, name, request.form_value("password"));
    if (account) {
        throttle.passed(name, request.peer);
    }
    return account;
}

// A row for the first, tenth, hundredth … refusal of an address.
void tell_refusal(const PageParts& parts,
                  LoginThrottle& throttle,
                  store::sql::Connection& connection,
                  const std::string& peer) {
    const auto now = parts.clock.now();
    if (const auto times = throttle.worth_telling(peer, now)) {
        store::AuditRepository(connection)
            .add("stranger",
                 "login.refused",
                 "web",
                 *times == 1 ? peer : fmt::format("{}, {} times", peer, *times),
                 now);
    }
}

Response log_in(const PageParts& parts, LoginThrottle& throttle, const Visit& visit) {
    const auto connection = parts.store.connect();
    const auto account = authenticate(parts, throttle, *connection, visit.request);
    const auto token =
        account
            ? start_session(
                  *connection, parts.sessions, visit.request, *account, "web", parts.clock.now())
            : std::nullopt;
    if (!token) {
        tell_refusal(parts, throttle, *connection, visit.request.peer);
        return login_form(parts, visit, true);
    }
    Response response = redirect(next_of(visit.request));
    response.headers["Set-Cookie"] = session_cookie(parts.sessions, *token);
    return response;
}

Response log_out(const PageParts& parts, const Visit& visit) {
    const auto connection = parts.store.connect();
    // In WeCom the plain address would log in again.
    Response response = redirect(parts.wecom_login ? "/login?local=1" : "/login");
    response.headers["Set-Cookie"] = end_session(*connection, parts.sessions, visit.request);
    store::AuditRepository(*connection)
        .add(visit.visitor->account.name, "logout", "web", visit.request.peer, parts.clock.now());
    return response;
}

}  // namespace

void add_login_pages(Router& router, const PageParts& parts) {
    router.add({"GET", "/login", {}, true, false, [parts](const Visit& visit) {
                    return visit.visitor == nullptr ? login_page(parts, visit)
                                                    : redirect(next_of(visit.request));
                }});
    const auto throttle = std::make_shared<LoginThrottle>();
    if (parts.wecom_login) {
        add_wecom_login(router, parts, throttle);
    }
    router.add({"POST", "/login", {}, true, false, [parts, throttle](const Visit& visit) {
                    return log_in(parts, *throttle, visit);
                }});
    router.add({"POST", "/logout", {}, false, true, [parts](const Visit& visit) {
                    return log_out(parts, visit);
                }});
    router.add({"GET", "/", {}, false, true, [](const Visit& visit) {
                    return redirect(home_of(visit.visitor->account.role));
                }});
}

void add_asset_routes(Router& router) {
    const auto add = [&router](const std::string& name, const char* type) {
        router.add({"GET", "/assets/" + name, {}, true, false, [name, type](const Visit&) {
                        Response response;
                        response.content_type = type;
                        response.body = std::string(embedded_file("assets/" + name));
                        response.headers["Cache-Control"] = "public, max-age=300";
                        return response;
                    }});
    };
    add("style.css", "text/css; charset=utf-8");
    add("check.js", "text/javascript; charset=utf-8");
}

std::string show_time(const PageParts& parts,
                      const std::optional<base::Timestamp>& time,
                      const std::string& language) {
    if (!time) {
        return text_of(language, "never");
    }
    return base::to_string(parts.zone.to_local(*time)).substr(0, 16);
}

}  // namespace hrbridge::web
