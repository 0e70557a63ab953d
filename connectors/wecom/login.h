#pragma once

#include <cstdint>
#include <string>

#include "connectors/wecom/client.h"

namespace hrbridge::wecom {

// Login to pages of one's own by the platform: a browser is sent to an address of the platform and
// comes back to `return_to` with a code, for which the platform then says who it is.
struct LoginOptions {
    std::string corp_id;
    std::int64_t agent_id = 0;
    // Its host with the port must be the app's trusted domain (可信域名).
    std::string return_to;
    std::string inside = "https://open.weixin.qq.com/connect/oauth2/authorize";
    std::string browser = "https://login.work.weixin.qq.com/wwlogin/sso/login";
};

// In WeCom's own browser: silent, for a userid only. `state`: letters and digits, at most 128.
std::string login_address_inside(const LoginOptions& options, const std::string& state);
// In any other browser, which shows a code to be scanned. `language`: zh or en.
std::string login_address_in_browser(const LoginOptions& options,
                                     const std::string& state,
                                     const std::string& language);

struct LoginAnswer {
    enum class Kind {
        Member,    // of the corp, also outside the app's visible range
        Outsider,  // somebody whom the platform knows, but no member
        SpentCode  // used before, or older than five minutes: login begins anew
    };
    Kind kind = Kind::SpentCode;
    std::string userid;  // of a member, in lower case
};

// Who came back with this code; asked once, because a code counts once. Throws what Client does,
// and ConnectorError for any other refusal.
LoginAnswer ask_who(Client& client, const std::string& code);

}  // namespace hrbridge::wecom
