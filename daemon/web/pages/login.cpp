#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/base/ids.h"
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

std::string session_cookie(const PageParts& parts,
                           const std::string& token,
                           std::chrono::seconds age) {
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}",
                       kSessionCookie,
                       token,
                       age.count(),
                       parts.secure_cookies ? "; Secure" : "");
}

// Where a login leads: the page that was asked for, when it is one of this server.
std::string next_of(const Request& request) {
    const std::string next = request.query_value("next");
    return is_local_address(next) ? next : "/";
}

Response login_form(const Visit& visit, bool failed) {
    const std::string next = next_of(visit.request);
    nlohmann::json data{{"action", next == "/" ? "/login" : address("/login", {{"next", next}})}};
    if (failed) {
        data["failed"] = text_of(language_of(visit.request), "login_failed");
    }
    Response response = render_page(visit, "login.html", "login", data);
    response.status = failed ? 401 : 200;
    return response;
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
    const bool fits = password_matches(password, account ? account->password_hash : kNobodysHash);
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

// The session's token; nullopt when the account was disabled or given another password while this
// one was checked.
std::optional<std::string> start_session(const PageParts& parts,
                                         const Visit& visit,
                                         store::sql::Connection& connection,
                                         const model::Account& account) {
    const auto now = parts.clock.now();
    const std::string token = base::random_id() + base::random_id();
    store::AccountRepository accounts(connection);
    store::sql::Transaction transaction(connection);
    if (!accounts.may_log_in(account)) {
        return std::nullopt;
    }
    accounts.end_session(base::sha256(visit.request.cookie(kSessionCookie)));
    accounts.add_session(
        {base::sha256(token), account.id, base::random_id(), now, now + parts.session_length, now});
    store::AuditRepository(connection).add(account.name, "login", "web", visit.request.peer, now);
    transaction.commit();
    return token;
}

Response log_in(const PageParts& parts, LoginThrottle& throttle, const Visit& visit) {
    const auto connection = parts.store.connect();
    const auto account = authenticate(parts, throttle, *connection, visit.request);
    const auto token = account ? start_session(parts, visit, *connection, *account) : std::nullopt;
    if (!token) {
        tell_refusal(parts, throttle, *connection, visit.request.peer);
        return login_form(visit, true);
    }
    Response response = redirect(next_of(visit.request));
    response.headers["Set-Cookie"] = session_cookie(parts, *token, parts.session_length);
    return response;
}

Response log_out(const PageParts& parts, const Visit& visit) {
    const auto connection = parts.store.connect();
    store::AccountRepository(*connection)
        .end_session(base::sha256(visit.request.cookie(kSessionCookie)));
    store::AuditRepository(*connection)
        .add(visit.visitor->account.name, "logout", "web", visit.request.peer, parts.clock.now());
    Response response = redirect("/login");
    response.headers["Set-Cookie"] = session_cookie(parts, "", std::chrono::seconds(0));
    return response;
}

}  // namespace

void add_login_pages(Router& router, const PageParts& parts) {
    router.add({"GET", "/login", {}, true, false, [](const Visit& visit) {
                    return visit.visitor == nullptr ? login_form(visit, false)
                                                    : redirect(next_of(visit.request));
                }});
    const auto throttle = std::make_shared<LoginThrottle>();
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
