#include "daemon/web/wecom_login.h"

#include <nlohmann/json.hpp>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "daemon/store/account_rights.h"
#include "daemon/store/login_attempts.h"
#include "daemon/store/repositories.h"
#include "daemon/web/pages/pages.h"
#include "daemon/web/render.h"

namespace hrbridge::web {
namespace {

constexpr const char* kBegin = "/login/wecom";
constexpr const char* kReturn = "/login/wecom/callback";
constexpr const char* kBrowserCookie = "hrbridge_login";
constexpr std::chrono::minutes kMostTime{10};
constexpr std::size_t kMostNextBytes = 1000;

// A page that says why nobody was logged in, with the ways on.
Response no_login(const Visit& visit,
                  int status,
                  const char* text,
                  const std::string& next,
                  const std::string& userid = {}) {
    const std::string language = language_of(visit.request);
    const std::map<std::string, std::string> to =
        next == "/" ? std::map<std::string, std::string>{}
                    : std::map<std::string, std::string>{{"next", next}};
    auto local = to;
    local["local"] = "1";
    nlohmann::json data{{"failed", text_of(language, text)},
                        {"again", address(kBegin, to)},
                        {"local", address("/login", local)}};
    if (!userid.empty()) {
        data["userid"] = userid;
    }
    Response response = render_page(visit, "wecom_login.html", "wecom_login", data);
    response.status = status;
    return response;
}

Response begin(const PageParts& parts, const Visit& visit) {
    const Request& request = visit.request;
    if (request.method == "HEAD") {
        return redirect("/login?local=1");  // who asks so goes on nowhere
    }
    const std::string wanted = request.query_value("next");
    const bool usable = is_local_address(wanted) && wanted.size() <= kMostNextBytes;
    const std::string state = base::random_id();
    const std::string browser = base::random_id();
    const auto now = parts.clock.now();
    const store::LoginAttempt attempt{base::sha256(state),
                                      base::sha256(browser),
                                      request.peer,
                                      usable ? wanted : "/",
                                      request.query_value("again") == "1",
                                      now + kMostTime};
    const auto connection = parts.store.connect();
    store::LoginAttempts(*connection).add(attempt, {}, now);
    Response response =
        redirect(parts.wecom_login->address(state, is_inside_wecom(request), language_of(request)));
    // The platform sends the browser back from its own site.
    response.headers["Set-Cookie"] =
        parts.sessions.cookie(kBrowserCookie, browser, "Lax", kMostTime);
    return response;
}

// One row for an address's first, tenth, hundredth … refusal.
void tell_refusal(const PageParts& parts,
                  LoginThrottle& throttle,
                  store::sql::Connection& connection,
                  const Request& request,
                  const std::string& userid) {
    const auto now = parts.clock.now();
    const auto times = throttle.worth_telling(request.peer, now);
    if (!times && userid.empty()) {
        return;
    }
    std::string detail = request.peer;
    if (!userid.empty()) {
        detail += ", userid " + userid;
    } else if (*times > 1) {
        detail += ", " + std::to_string(*times) + " times";
    }
    store::AuditRepository(connection).add("stranger", "login.refused", "wecom", detail, now);
}

// The browser goes on by itself: a page of ours sends it, because a session's cookie does not come
// with a way that began at another site.
Response go_on(const Visit& visit, const std::string& next) {
    return render_page(visit, "wecom_done.html", "wecom_login", {{"next", next}});
}

struct Back {
    const PageParts& parts;
    LoginThrottle& throttle;
    const Visit& visit;
    store::sql::Connection& connection;
    const std::string next;

    Response refuse(int status, const char* text, const std::string& userid = {}) const {
        tell_refusal(parts, throttle, connection, visit.request, userid);
        return no_login(visit, status, text, next, userid);
    }
    Response log_in(const std::string& userid) const {
        const auto account = store::AccountRights(connection).find_wecom(userid);
        const auto token = account && !account->disabled ? start_session(connection,
                                                                         parts.sessions,
                                                                         visit.request,
                                                                         *account,
                                                                         "wecom",
                                                                         parts.clock.now())
                                                         : std::nullopt;
        if (!token) {
            return refuse(403, "wecom_no_account", userid);
        }
        Response response = go_on(visit, next);
        response.headers["Set-Cookie"] = session_cookie(parts.sessions, *token);
        return response;
    }
};

// A spent code begins anew once by itself; a person decides about a third time.
Response begin_again(const Back& back, bool again) {
    if (again) {
        return back.refuse(400, "wecom_expired");
    }
    return redirect(address(kBegin, {{"next", back.next}, {"again", "1"}}));
}

Response come_back(const PageParts& parts, LoginThrottle& throttle, const Visit& visit) {
    const Request& request = visit.request;
    const auto connection = parts.store.connect();
    const auto attempt =
        store::LoginAttempts(*connection)
            .take(base::sha256(request.query_value("state")),
                  base::sha256(request.cookie(parts.sessions.cookie_name(kBrowserCookie))),
                  parts.clock.now());
    if (!attempt) {
        return no_login(visit, 400, "wecom_expired", "/");
    }
    const Back back{parts, throttle, visit, *connection, attempt->next_page};
    const std::string code = request.query_value("code");
    if (code.empty()) {
        return back.refuse(403, "wecom_refused");
    }
    const auto answer = parts.wecom_login->ask(code);
    if (!answer) {
        return no_login(visit, 503, "wecom_away", back.next);
    }
    switch (answer->kind) {
        case WecomLogin::Kind::Member:
            return back.log_in(answer->userid);
        case WecomLogin::Kind::Outsider:
            return back.refuse(403, "wecom_outsider");
        case WecomLogin::Kind::SpentCode:
            return begin_again(back, attempt->again);
    }
    return back.refuse(400, "wecom_expired");
}

}  // namespace

bool is_inside_wecom(const Request& request) {
    const auto agent = request.headers.find("user-agent");
    return agent != request.headers.end() &&
           base::to_lower_ascii(agent->second).find("wxwork/") != std::string::npos;
}

void add_wecom_login(Router& router,
                     const PageParts& parts,
                     const std::shared_ptr<LoginThrottle>& throttle) {
    router.add({"GET", kBegin, {}, true, false, [parts](const Visit& visit) {
                    return begin(parts, visit);
                }});
    router.add({"GET", kReturn, {}, true, false, [parts, throttle](const Visit& visit) {
                    return come_back(parts, *throttle, visit);
                }});
}

}  // namespace hrbridge::web
