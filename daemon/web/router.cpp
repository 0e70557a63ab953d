#include "daemon/web/router.h"

#include <algorithm>
#include <exception>
#include <set>

#include <openssl/crypto.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"

namespace hrbridge::web {
namespace {

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

bool takes(const Route& route, const std::string& method) {
    return route.method == method || (route.method == "GET" && method == "HEAD");
}

Response to_login(const Request& request) {
    const std::string wanted = address(request.path, request.query);
    return redirect(address("/login",
                            wanted == "/" || !is_local_address(wanted)
                                ? std::map<std::string, std::string>{}
                                : std::map<std::string, std::string>{{"next", wanted}}));
}

Response wrong_method(const std::set<std::string>& methods) {
    Response response = plain_text(405, "This address does not take that method.\n");
    std::string& allowed = response.headers["Allow"];
    for (const std::string& method : methods) {
        allowed += (allowed.empty() ? "" : ", ") + method;
    }
    return response;
}

struct Afterwards {
    const std::function<void()>& call;
    ~Afterwards() { call(); }
};

}  // namespace

Router::Router(store::Store& store, base::Clock& clock, base::Log& log, SessionRules rules)
    : store_(store), clock_(clock), log_(log), rules_(rules) {}

void Router::add(Route route) {
    routes_.push_back(std::move(route));
}

Response Router::handle(const Request& request) const {
    std::set<std::string> methods;  // of the routes with this path
    for (const Route& route : routes_) {
        auto values = match(route.pattern, request.path);
        if (!values) {
            continue;
        }
        if (!takes(route, request.method)) {
            methods.insert(route.method);
            if (route.method == "GET") {
                methods.insert("HEAD");
            }
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
    return methods.empty() ? plain_text(404, "There is nothing at this address.\n")
                           : wrong_method(methods);
}

Response Router::answer(const Route& route, Visit visit) const {
    const bool changes = !only_reads(visit.request);
    if (changes && !comes_from_here(visit.request)) {
        return plain_text(403, "The form was made by another site.\n");
    }
    const auto visitor = visitor_of(visit.request);
    if (!visitor && !route.is_public) {
        return changes ? plain_text(401, "Log in first.\n") : to_login(visit.request);
    }
    if (visitor) {
        visit.visitor = &*visitor;
        if (!route.is_public && !may(route, visitor->account)) {
            return plain_text(403, "Your role may not see or do this.\n");
        }
        if (changes && route.checks_form_token &&
            !token_fits(visitor->form_token, visit.request.form_value(kFormTokenField))) {
            return plain_text(403, "The form was not made by this session; load the page again.\n");
        }
    }
    if (!changes) {
        return route.handler(visit);
    }
    const Afterwards afterwards{after_changes_};
    return route.handler(visit);
}

std::optional<Visitor> Router::visitor_of(const Request& request) const {
    if (request.cookie(rules_.cookie_name(kSessionCookie)).empty()) {
        return std::nullopt;
    }
    return find_visitor(*store_.connect(), rules_, request, clock_.now());
}

}  // namespace hrbridge::web
