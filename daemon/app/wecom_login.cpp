#include "daemon/app/wecom_login.h"

#include "connectors/wecom/login.h"

namespace hrbridge::app {
namespace {

wecom::LoginOptions login_options(const WecomConfig& config) {
    wecom::LoginOptions options;
    options.corp_id = config.corp_id;
    options.agent_id = config.agent_id;
    options.return_to = config.page_url + kLoginReturn;
    options.inside = config.login->inside;
    options.browser = config.login->browser;
    return options;
}

web::WecomLogin::Kind kind_of(wecom::LoginAnswer::Kind kind) {
    switch (kind) {
        case wecom::LoginAnswer::Kind::Member:
            return web::WecomLogin::Kind::Member;
        case wecom::LoginAnswer::Kind::Outsider:
            return web::WecomLogin::Kind::Outsider;
        case wecom::LoginAnswer::Kind::SpentCode:
            return web::WecomLogin::Kind::SpentCode;
    }
    return web::WecomLogin::Kind::SpentCode;
}

std::optional<web::WecomLogin::Answer> ask(Services& services, const std::string& code) {
    try {
        const wecom::LoginAnswer answer = wecom::ask_who(services.wecom->client, code);
        return web::WecomLogin::Answer{kind_of(answer.kind), answer.userid};
    } catch (const base::ConnectorError& error) {
        services.log.error("a login by WeCom failed",
                           {{"code", error.code()}, {"error", error.what()}});
        return std::nullopt;
    }
}

}  // namespace

std::optional<web::WecomLogin> make_wecom_login(Services& services) {
    if (!services.wecom || !services.config.wecom->login) {
        return std::nullopt;
    }
    web::WecomLogin login;
    login.address = [options = login_options(*services.config.wecom)](
                        const std::string& state, bool inside_wecom, const std::string& language) {
        return inside_wecom ? wecom::login_address_inside(options, state)
                            : wecom::login_address_in_browser(options, state, language);
    };
    login.ask = [&services](const std::string& code) { return ask(services, code); };
    return login;
}

}  // namespace hrbridge::app
