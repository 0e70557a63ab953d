#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/base/ids.h"
#include "daemon/store/repositories.h"
#include "daemon/web/pages/pages.h"
#include "daemon/web/passwords.h"
#include "daemon/web/render.h"
#include "hrbridge_web_files.h"

namespace hrbridge::web {
namespace {

constexpr std::int64_t kFailuresBeforeLock = 5;
constexpr std::chrono::minutes kLockTime{15};
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

// The account when name and password fit and it may log in; counts failures and locks.
std::optional<model::Account> authenticate(const PageParts& parts,
                                           store::sql::Connection& connection,
                                           const std::string& name,
                                           const std::string& password) {
    store::AccountRepository accounts(connection);
    auto account = accounts.find(name);
    const bool fits = password_matches(password, account ? account->password_hash : kNobodysHash);
    const auto now = parts.clock.now();
    if (!account || account->disabled || (account->locked_until && *account->locked_until > now)) {
        return std::nullopt;
    }
    if (!fits) {
        accounts.note_refused_login(account->id, kFailuresBeforeLock, now + kLockTime);
        return std::nullopt;
    }
    // It may have been locked or disabled while the password was checked.
    return accounts.note_login(account->id, now) ? account : std::nullopt;
}

Response log_in(const PageParts& parts, const Visit& visit) {
    const auto connection = parts.store.connect();
    const std::string name = visit.request.form_value("name");
    const auto account =
        authenticate(parts, *connection, name, visit.request.form_value("password"));
    const auto now = parts.clock.now();
    store::AuditRepository audit(*connection);
    if (!account) {
        audit.add("stranger", "login.refused", "web", visit.request.peer, now);
        return login_form(visit, true);
    }
    const std::string token = base::random_id() + base::random_id();
    store::AccountRepository accounts(*connection);
    accounts.end_session(base::sha256(visit.request.cookie(kSessionCookie)));
    accounts.add_session({base::sha256(token),
                          account->id,
                          base::random_id(),
                          now,
                          now + parts.session_length,
                          now});
    audit.add(account->name, "login", "web", visit.request.peer, now);
    Response response = redirect(next_of(visit.request));
    response.headers["Set-Cookie"] = session_cookie(parts, token, parts.session_length);
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
    router.add({"POST", "/login", {}, true, false, [parts](const Visit& visit) {
                    return log_in(parts, visit);
                }});
    router.add({"POST", "/logout", {}, false, true, [parts](const Visit& visit) {
                    return log_out(parts, visit);
                }});
    router.add({"GET", "/", {}, false, true, [](const Visit& visit) {
                    return redirect(visit.visitor->account.role == model::Role::Hr ? "/findings"
                                                                                   : "/runs");
                }});
}

void add_asset_routes(Router& router) {
    router.add({"GET", "/assets/style.css", {}, true, false, [](const Visit&) {
                    Response response;
                    response.content_type = "text/css; charset=utf-8";
                    response.body = std::string(embedded_file("assets/style.css"));
                    response.headers["Cache-Control"] = "public, max-age=300";
                    return response;
                }});
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
