#pragma once

#include <map>
#include <string>

#include "tests/support/raw_http.h"

namespace hrbridge::test {

// Keeps the cookies of one site, as a browser does, and asks over HTTP.
class Browser {
  public:
    explicit Browser(int port, std::string agent = "Mozilla/5.0") : port_(port), agent_(agent) {}

    // `from_elsewhere`: the way began at another site, and "Strict" cookies stay at home.
    HttpAnswer get(const std::string& target, bool from_elsewhere = false) {
        HttpCall call{"GET", target, {{"User-Agent", agent_}}, {}};
        std::string cookies;
        for (const auto& [name, cookie] : cookies_) {
            if (!from_elsewhere || cookie.find("SameSite=Lax") != std::string::npos) {
                cookies +=
                    (cookies.empty() ? "" : "; ") + name + "=" + cookie.substr(0, cookie.find(';'));
            }
        }
        if (!cookies.empty()) {
            call.headers["Cookie"] = cookies;
        }
        const HttpAnswer answer = http_call(port_, call);
        const std::string set = field(answer, "Set-Cookie");
        if (!set.empty()) {
            cookies_[set.substr(0, set.find('='))] = set.substr(set.find('=') + 1);
        }
        return answer;
    }
    bool has_cookie(const std::string& name) const { return cookies_.count(name) > 0; }
    const std::string& cookie(const std::string& name) const { return cookies_.at(name); }

    static std::string field(const HttpAnswer& answer, const std::string& name) {
        const std::string mark = "\r\n" + name + ": ";
        const std::size_t at = answer.head.find(mark);
        if (at == std::string::npos) {
            return "";
        }
        const std::size_t from = at + mark.size();
        return answer.head.substr(from, answer.head.find("\r\n", from) - from);
    }

  private:
    int port_;
    std::string agent_;
    std::map<std::string, std::string> cookies_;  // value and attributes
};

}  // namespace hrbridge::test
