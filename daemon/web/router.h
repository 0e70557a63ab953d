#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/model/accounts.h"
#include "daemon/store/store.h"
#include "daemon/web/http.h"
#include "daemon/web/sessions.h"

namespace hrbridge::web {

// A matched request: `path_values` are the {placeholders} of the route's pattern. `visitor` is
// null on public routes for strangers.
struct Visit {
    const Request& request;
    std::map<std::string, std::string> path_values;
    const Visitor* visitor = nullptr;
};

using Handler = std::function<Response(const Visit&)>;

struct Route {
    std::string method;              // GET answers HEAD too
    std::string pattern;             // "/findings/{id}"
    std::vector<model::Role> roles;  // who may; empty: everybody with an account
    bool is_public = false;          // without login: /login, /live, /metrics, callbacks
    // Whether a visitor's changing request must bring his session's token; false only for requests
    // that carry their own proof (a password, a signature).
    bool checks_form_token = true;
    Handler handler;
};

// Finds the route, the visitor and his right; holds changing requests to their origin and form
// token. Answers 404, 405, 403 or sends strangers to /login, from where they come back. Thread-safe
// after the last add().
class Router {
  public:
    Router(store::Store& store, base::Clock& clock, base::Log& log, SessionRules rules = {});

    void add(Route route);
    // Called behind each request of a visitor that may have changed the store, whatever came of it.
    void after_changes(std::function<void()> call) { after_changes_ = std::move(call); }
    Response handle(const Request& request) const;
    const std::vector<Route>& routes() const { return routes_; }

  private:
    Response answer(const Route& route, Visit visit) const;
    std::optional<Visitor> visitor_of(const Request& request) const;

    store::Store& store_;
    base::Clock& clock_;
    base::Log& log_;
    SessionRules rules_;
    std::vector<Route> routes_;
    std::function<void()> after_changes_ = [] {};
};

// The name of the hidden form field.
inline constexpr const char* kFormTokenField = "form_token";

}  // namespace hrbridge::web
