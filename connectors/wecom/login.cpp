#include "connectors/wecom/login.h"

#include <fmt/format.h>

#include "connectors/wecom/errors.h"
#include "connectors/wecom/http.h"
#include "connectors/wecom/json.h"
#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

constexpr const char* kApi = "auth/getuserinfo";
constexpr std::size_t kMostCodeBytes = 512;

}  // namespace

// The platform wants the parameters in this order, and the fragment.
std::string login_address_inside(const LoginOptions& options, const std::string& state) {
    return fmt::format(
        "{}?appid={}&redirect_uri={}&response_type=code&scope=snsapi_base&state={}&agentid={}"
        "#wechat_redirect",
        options.inside,
        url_encode(options.corp_id),
        url_encode(options.return_to),
        state,
        options.agent_id);
}

std::string login_address_in_browser(const LoginOptions& options,
                                     const std::string& state,
                                     const std::string& language) {
    return fmt::format("{}?login_type=CorpApp&appid={}&agentid={}&redirect_uri={}&state={}&lang={}",
                       options.browser,
                       url_encode(options.corp_id),
                       options.agent_id,
                       url_encode(options.return_to),
                       state,
                       language);
}

LoginAnswer ask_who(Client& client, const std::string& code) {
    if (code.empty() || code.size() > kMostCodeBytes) {
        return {};
    }
    const Reply reply = client.get(kApi, "code=" + url_encode(code));
    if (rule_of(reply.errcode).reaction == Reaction::RestartLogin) {
        return {};
    }
    require_ok(kApi, reply);
    const std::string userid = text_of(parse_object(reply.body), "userid");
    return userid.empty() ? LoginAnswer{LoginAnswer::Kind::Outsider, ""}
                          : LoginAnswer{LoginAnswer::Kind::Member, base::to_lower_ascii(userid)};
}

}  // namespace hrbridge::wecom
