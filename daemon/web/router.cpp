#include "daemon/web/router.h"

#include <algorithm>
#include <exception>

#include <openssl/crypto.h>

#include "daemon/base/error.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "daemon/store/repositories.h"

namespace hrbridge::web {
namespace {

constexpr std::chrono::minutes kTouchAfter{5};

// nullopt when the path is another one.
std::optional<std::map<std::string, std::string>> match(const std::string& pattern,
                                                        const std::string& path) {
    const auto wanted = base::split(pattern, '/');
    const auto given = base::split(path, '/');
    if (wanted.size() != given.size()) {
        return std::nullopt;
    }
    std::map<std::string, std::string> values;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const bool placeholder = wanted[i].size() > 2 && wanted[i].front() == '{';
        if (placeholder && !given[i].empty()) {
            values.emplace(wanted[i].substr(1, wanted[i].size() - 2), given[i]);
        } else if (wanted[i] != given[i]) {
            return std::nullopt;
        }
    }
    return values;
}

bool may(const Route& route, const model::Account& account) {
    return route.roles.empty() ||
           std::find(route.roles.begin(), route.roles.end(), account.role) != route.roles.end();
}

bool token_fits(const std::string& wanted, const std::string& given) {
    return !wanted.empty() && wanted.size() == given.size() &&
           CRYPTO_memcmp(wanted.data(), given.data(), wanted.size()) == 0;
}

// A browser names the page that made a changing request; another site's is refused. Clients that
// name none (they keep no cookies for others to ride on) are held by the form token alone.
bool comes_from_here(const Request& request) {
    const auto origin = request.headers.find("origin");
    const auto host = request.headers.find("host");
    if (origin == request.headers.end()) {
        return true;
    }
    return host != request.headers.end() && (origin->second == "http://" + host->second ||
                                             origin->second == "https://" + host->second);
}

}  // namespace

Router::Router(store::Store& store, base::Clock& clock, base::Log& log)
    : store_(store), clock_(clock), log_(log) {}

void Router::add(Route route) {
    routes_.push_back(std::move(route));
}

Response Router::handle(const Request& request) const {
    bool path_known = false;
    for (const Route& route : routes_) {
        auto values = match(route.pattern, request.path);
        if (!values) {
            continue;
        }
        path_known = true;
        if (route.method != request.method) {
            continue;
        }
        try {
            return answer(route, Visit{request, std::move(*values), nullptr});
        } catch (const base::SystemError& error) {
            log_.error("a page failed", {{"page", route.pattern}, {"code", error.code()}});
            return plain_text(503, "The store does not answer at the moment; try again.\n");
        } catch (const std::exception& error) {
            log_.error("a page failed", {{"page", route.pattern}, {"error", error.what()}});
            return plain_text(500, "This page failed; the log says why.\n");
        }
    }
    return path_known ? plain_text(405, "This address does not take that method.\n")
                      : plain_text(404, "There is nothing at this address.\n");
}

Response Router::answer(const Route& route, Visit visit) const {
    if (route.is_public && !route.checks_form_token) {
        return route.handler(visit);
    }
    if (visit.request.method != "GET" && !comes_from_here(visit.request)) {
        return plain_text(403, "The form was made by another site.\n");
    }
    const auto visitor = find_visitor(visit.request);
    if (!visitor && !route.is_public) {
        return visit.request.method == "GET" ? redirect("/login")
                                             : plain_text(401, "Log in first.\n");
    }
    if (visitor) {
        visit.visitor = &*visitor;
        if (!route.is_public && !may(route, visitor->account)) {
            return plain_text(403, "Your role may not see or do this.\n");
        }
        if (visit.request.method != "GET" && route.checks_form_token &&
            !token_fits(visitor->form_token, visit.request.form_value(kFormTokenField))) {
            return plain_text(403, "The form was not made by this session; load the page again.\n");
        }
    }
    return route.handler(visit);
}

std::optional<Visitor> Router::find_visitor(const Request& request) const {
    const std::string token = request.cookie(kSessionCookie);
    if (token.empty()) {
        return std::nullopt;
    }
    const auto connection = store_.connect();
    store::AccountRepository accounts(*connection);
    const auto session = accounts.find_session(base::sha256(token));
    const auto now = clock_.now();
    if (!session || session->expires_at <= now) {
        return std::nullopt;
    }
    auto account = accounts.find(session->account_id);
    if (!account || account->disabled) {
        return std::nullopt;
    }
    if (now - session->last_seen > kTouchAfter) {
        accounts.touch_session(session->token_hash, now);
    }
    return Visitor{std::move(*account), session->form_token};
}

}  // namespace hrbridge::web
