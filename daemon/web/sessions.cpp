#include "daemon/web/sessions.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/ids.h"
#include "daemon/store/repositories.h"

namespace hrbridge::web {
namespace {

// How much of the idle time may pass before a request is noted: not each one writes to the store.
constexpr int kNotedEvery = 10;
constexpr std::chrono::seconds kNotedAtLatest{300};

std::string token_hash(const SessionRules& rules, const Request& request) {
    return base::sha256(request.cookie(rules.cookie_name(kSessionCookie)));
}

}  // namespace

std::string SessionRules::cookie_name(const char* plain) const {
    return (tls ? "__Host-" : "") + std::string(plain);
}

std::string SessionRules::cookie(const char* plain,
                                 const std::string& value,
                                 const char* same_site,
                                 std::chrono::seconds age) const {
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite={}; Max-Age={}{}",
                       cookie_name(plain),
                       value,
                       same_site,
                       age.count(),
                       tls ? "; Secure" : "");
}

std::optional<Visitor> find_visitor(store::sql::Connection& connection,
                                    const SessionRules& rules,
                                    const Request& request,
                                    base::Timestamp now) {
    store::AccountRepository accounts(connection);
    const auto session = accounts.find_session(token_hash(rules, request));
    if (!session || session->expires_at <= now || now - session->last_seen >= rules.idle) {
        return std::nullopt;
    }
    auto account = accounts.find(session->account_id);
    if (!account || account->disabled) {
        return std::nullopt;
    }
    if (now - session->last_seen > std::min(rules.idle / kNotedEvery, kNotedAtLatest)) {
        accounts.touch_session(session->token_hash, now);
    }
    return Visitor{std::move(*account), session->form_token};
}

std::optional<std::string> start_session(store::sql::Connection& connection,
                                         const SessionRules& rules,
                                         const Request& request,
                                         const model::Account& account,
                                         const char* way,
                                         base::Timestamp now) {
    const std::string token = base::random_id() + base::random_id();
    store::AccountRepository accounts(connection);
    store::sql::Transaction transaction(connection);
    if (!accounts.may_log_in(account)) {
        return std::nullopt;
    }
    accounts.end_session(token_hash(rules, request));
    accounts.add_session(
        {base::sha256(token), account.id, base::random_id(), now, now + rules.length, now});
    store::AuditRepository(connection).add(account.name, "login", way, request.peer, now);
    transaction.commit();
    return token;
}

std::string session_cookie(const SessionRules& rules, const std::string& token) {
    return rules.cookie(kSessionCookie, token, "Strict", rules.length);
}

std::string end_session(store::sql::Connection& connection,
                        const SessionRules& rules,
                        const Request& request) {
    store::AccountRepository(connection).end_session(token_hash(rules, request));
    return rules.cookie(kSessionCookie, "", "Strict", std::chrono::seconds(0));
}

}  // namespace hrbridge::web
