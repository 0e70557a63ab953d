#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "daemon/base/time.h"
#include "daemon/model/accounts.h"
#include "daemon/store/store.h"
#include "daemon/web/http.h"

namespace hrbridge::web {

// Who asks. Only pages behind a login get one.
struct Visitor {
    model::Account account;
    std::string form_token;  // must come back with every changing request
};

// How long logins last, and how browsers keep them.
struct SessionRules {
    std::chrono::seconds length = std::chrono::hours(8);   // from the login on
    std::chrono::seconds idle = std::chrono::minutes(30);  // since the last request
    bool tls = false;  // browsers come by https, to the daemon itself or to a proxy before it

    // A cookie's name on these pages. With TLS one that browsers let only this host set, and by
    // https only: no other host of the domain can plant a cookie of that name (__Host-).
    std::string cookie_name(const char* plain) const;
    // A Set-Cookie of such a cookie. `same_site`: "Strict", or "Lax" for one that must come with a
    // link from another site too.
    std::string cookie(const char* plain,
                       const std::string& value,
                       const char* same_site,
                       std::chrono::seconds age) const;
};

// The session's cookie, before cookie_name().
inline constexpr const char* kSessionCookie = "hrbridge_session";

// Whose session the request belongs to; nullopt for one that has ended, has not been used for too
// long or never was, and for an account that is disabled.
std::optional<Visitor> find_visitor(store::sql::Connection& connection,
                                    const SessionRules& rules,
                                    const Request& request,
                                    base::Timestamp now);

// Begins a session of the account and ends the one that the request belongs to: its token is the
// browser's cookie. `way` is how the person proved who he is, for the audit: "web" or "wecom".
// nullopt when the account is no longer as it was read, e.g. disabled or with another password.
std::optional<std::string> start_session(store::sql::Connection& connection,
                                         const SessionRules& rules,
                                         const Request& request,
                                         const model::Account& account,
                                         const char* way,
                                         base::Timestamp now);
// The Set-Cookie of a session that begins.
std::string session_cookie(const SessionRules& rules, const std::string& token);

// Ends the session that the request belongs to; gives the Set-Cookie that takes it away.
std::string end_session(store::sql::Connection& connection,
                        const SessionRules& rules,
                        const Request& request);

}  // namespace hrbridge::web
