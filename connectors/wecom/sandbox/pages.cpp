#include "connectors/wecom/sandbox/pages.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <string_view>

#include <nlohmann/json.hpp>

#include "connectors/wecom/http.h"
#include "connectors/wecom/json.h"
#include "connectors/wecom/sandbox/callbacks.h"
#include "daemon/base/markup.h"
#include "daemon/base/text.h"
#include "daemon/base/time.h"

namespace hrbridge::wecom::sandbox {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kLoginCodeSeconds = 300;
constexpr std::size_t kMostStateBytes = 128;
constexpr std::array kLoginArguments{
    "appid", "agentid", "redirect_uri", "response_type", "scope", "login_type", "state"};

std::string page(const State& state, const std::string& title, const std::string& body) {
    return "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta "
           "name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>" +
           base::escape_markup(title) +
           "</title><link rel=\"stylesheet\" href=\"/style.css\"></head><body><header><h1><a "
           "href=\"/\">企业微信沙箱</a></h1><p>应用：" +
           base::escape_markup(state.options.app_name) +
           "（仅供演示与测试，不连接真实平台）</p></header><main>" + body + "</main></body></html>";
}

std::string local_time(std::int64_t seconds) {
    const base::Timestamp at{std::chrono::seconds(seconds)};
    const auto zone = base::Zone::find("Asia/Shanghai");
    return zone ? base::to_string(zone->to_local(at)) : base::to_string(at);
}

std::string element(std::string_view tag, std::string_view attributes, const std::string& text) {
    return text.empty() ? ""
                        : "<" + std::string(tag) + std::string(attributes) + ">" +
                              base::escape_markup(text) + "</" + std::string(tag) + ">";
}

Json part(const Json& object, const char* key) {
    return object.is_object() ? object.value(key, Json()) : Json();
}

std::string link(const std::string& url, const std::string& text) {
    const bool safe = url.rfind("https://", 0) == 0 || url.rfind("http://", 0) == 0;
    return safe ? "<p><a href=\"" + base::escape_markup(url) + "\">" + base::escape_markup(text) +
                      "</a></p>"
                : "";
}

std::string button_form(const Delivery& delivery, const Json& button) {
    const auto style = std::clamp<std::int64_t>(integer_of(button, "style").value_or(1), 1, 4);
    if (text_of(button, "key").empty()) {
        return link(text_of(button, "url"), text_of(button, "text"));
    }
    return "<form method=\"post\" action=\"/press\"><input type=\"hidden\" name=\"id\" value=\"" +
           std::to_string(delivery.id) + "\"><input type=\"hidden\" name=\"key\" value=\"" +
           base::escape_markup(text_of(button, "key")) + "\"><button class=\"style-" +
           std::to_string(style) + "\">" + base::escape_markup(text_of(button, "text")) +
           "</button></form>";
}

std::string buttons_html(const Delivery& delivery, const Json& card) {
    if (!delivery.replaced_by.empty()) {
        return element("div", " class=\"done\"", delivery.replaced_by);
    }
    const Json buttons = part(card, "button_list");
    if (!buttons.is_array() || buttons.empty()) {
        return "";
    }
    std::string html = "<div class=\"buttons\">";
    for (const Json& button : buttons) {
        html += button_form(delivery, button);
    }
    return html + "</div>";
}

std::string template_card_html(const Delivery& delivery, const Json& card) {
    std::string html = element("p", " class=\"muted\"", text_of(part(card, "source"), "desc"));
    html += element("h3", "", text_of(part(card, "main_title"), "title"));
    html += element("p", " class=\"muted\"", text_of(part(card, "main_title"), "desc"));
    html += element("p", " class=\"emphasis\"", text_of(part(card, "emphasis_content"), "title"));
    html += element("p", " class=\"muted\"", text_of(part(card, "emphasis_content"), "desc"));
    html += element("p", "", text_of(card, "sub_title_text"));
    const Json details = part(card, "horizontal_content_list");
    if (details.is_array() && !details.empty()) {
        html += "<dl>";
        for (const Json& detail : details) {
            html += element("dt", "", text_of(detail, "keyname"));
            html += "<dd>" + base::escape_markup(text_of(detail, "value")) + "</dd>";
        }
        html += "</dl>";
    }
    html += link(text_of(part(card, "card_action"), "url"), "查看详情");
    return html + buttons_html(delivery, card);
}

// The platform knows a few tags in a text card; here they are shown as plain lines.
std::string without_tags(const std::string& text) {
    std::string out;
    bool inside = false;
    for (const char c : text) {
        if (c == '<') {
            inside = true;
        } else if (c == '>' && inside) {
            inside = false;
            out.push_back('\n');
        } else if (!inside) {
            out.push_back(c);
        }
    }
    return std::string(base::trim(out));
}

std::string delivery_html(const Delivery& delivery) {
    const Json message = parse_object(delivery.message);
    const std::string type = text_of(message, "msgtype");
    const Json content = part(message, type.c_str());
    std::string html = "<article class=\"card\" id=\"m" + std::to_string(delivery.id) + "\">";
    if (integer_of(message, "safe") == 1) {
        html += "<span class=\"muted mark\">保密消息</span>";
    }
    html += element("p", " class=\"muted\"", local_time(delivery.at));
    if (type == "template_card") {
        html += template_card_html(delivery, content);
    } else if (type == "textcard") {
        const std::string button = text_of(content, "btntxt");
        html += element("h3", "", text_of(content, "title"));
        html += element("p", "", without_tags(text_of(content, "description")));
        html += link(text_of(content, "url"), button.empty() ? "详情" : button);
    } else {
        html += element("p", "", text_of(content, "content"));
        html += element("div", " class=\"done\"", delivery.replaced_by);
    }
    return html + "</article>";
}

std::map<std::string, std::size_t> message_counts(const State& state) {
    std::map<std::string, std::size_t> counts;
    for (const Delivery& delivery : state.deliveries) {
        ++counts[delivery.userid];
    }
    return counts;
}

std::string person_line(const Person& person, std::size_t messages) {
    return "<li><a href=\"/people/" + url_encode(person.userid) + "\"><span>" +
           base::escape_markup(person.name.empty() ? person.userid : person.name) +
           " <span class=\"muted\">" + base::escape_markup(person.userid) +
           "</span></span><span class=\"" + (messages == 0 ? "muted" : "") + "\">" +
           std::to_string(messages) + " 条消息</span></a></li>";
}

std::string people_list(const std::string& lines) {
    return "<ul class=\"people\">" + lines + "</ul>";
}

Response not_found(const State& state, const std::string& what) {
    return html(page(state, "没有找到", "<p>" + base::escape_markup(what) + "</p>"), 404);
}

std::string host_of(const std::string& url) {
    const std::size_t start = url.find("://");
    if (start == std::string::npos) {
        return "";
    }
    const std::string rest = url.substr(start + 3);
    return rest.substr(0, rest.find_first_of("/?#"));
}

// The two addresses of the platform where a login begins want different arguments.
std::string kind_objection(const State& state, const Request& request) {
    const bool same_agent = request.argument("agentid") == std::to_string(state.options.agent_id);
    const std::string scope = request.argument("scope");
    if (!request.argument("login_type").empty()) {
        return request.argument("login_type") != "CorpApp" ? "login_type 必须是 CorpApp"
               : same_agent                                ? ""
                                                           : "agentid 不是本应用的 AgentId";
    }
    if (request.argument("response_type") != "code") {
        return "response_type 必须是 code";
    }
    if (scope != "snsapi_base" && scope != "snsapi_privateinfo") {
        return "scope 必须是 snsapi_base 或 snsapi_privateinfo";
    }
    return scope == "snsapi_base" || same_agent ? "" : "snsapi_privateinfo 必须带本应用的 agentid";
}

// What the platform would answer with a page instead of a login.
std::string login_objection(const State& state, const Request& request) {
    const std::string target = request.argument("redirect_uri");
    const std::string state_text = request.argument("state");
    const bool alphanumeric = std::all_of(state_text.begin(), state_text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
    if (request.argument("appid") != state.options.corp_id) {
        return "40013：appid 不是本企业的 CorpID";
    }
    if (const std::string objection = kind_objection(state, request); !objection.empty()) {
        return objection;
    }
    if (!alphanumeric || state_text.size() > kMostStateBytes) {
        return "state 只能是字母和数字，最长 128 字节";
    }
    if (target.rfind("http://", 0) != 0 && target.rfind("https://", 0) != 0) {
        return "redirect_uri 缺失或不是网址";
    }
    const std::string& trusted = state.options.trusted_domain;
    if (!trusted.empty() && host_of(target) != trusted) {
        return "50001：redirect_uri 的域名（含端口）与可信域名不一致";
    }
    return "";
}

std::string hidden(const std::string& name, const std::string& value) {
    return "<input type=\"hidden\" name=\"" + name + "\" value=\"" + base::escape_markup(value) +
           "\">";
}

}  // namespace

Response people_page(const State& state) {
    const auto counts = message_counts(state);
    std::string receivers;
    std::string others;
    std::size_t silent = 0;
    for (const Person& person : state.options.people) {
        const auto found = counts.find(person.userid);
        if (found != counts.end()) {
            receivers += person_line(person, found->second);
        } else {
            others += person_line(person, 0);
            ++silent;
        }
    }
    std::string body = "<h2>收到消息的成员</h2>";
    body +=
        receivers.empty() ? "<p class=\"muted\">还没有成员收到消息。</p>" : people_list(receivers);
    if (silent > 0) {
        body += "<details><summary>其他成员（" + std::to_string(silent) + " 人）</summary>" +
                people_list(others) + "</details>";
    }
    body += state.options.callback
                ? "<p class=\"muted\">已配置接收消息的回调地址。</p>"
                : "<p class=\"muted\">未配置回调地址：不能发送带按钮的卡片。</p>";
    return html(page(state, "企业微信沙箱", body));
}

Response person_page(const State& state, const std::string& userid) {
    const Person* person = state.find_person(userid);
    if (person == nullptr) {
        return not_found(state, "没有这个成员。");
    }
    std::string body = "<h2>" +
                       base::escape_markup(person->name.empty() ? person->userid : person->name) +
                       " 收到的消息</h2>";
    std::size_t shown = 0;
    for (auto it = state.deliveries.rbegin(); it != state.deliveries.rend(); ++it) {
        if (it->userid == person->userid) {
            body += delivery_html(*it);
            ++shown;
        }
    }
    if (shown == 0) {
        body += "<p class=\"muted\">还没有消息。</p>";
    }
    return html(page(state, person->name, body));
}

Response press_page(State& state, const Request& request) {
    const std::string text = request.field("id");
    std::int64_t id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    const PressResult result = press_button(state, id, request.field("key"));
    const std::scoped_lock lock(state.mutex);
    const Delivery* delivery = state.find_delivery(id);
    if (delivery == nullptr) {
        return not_found(state, "没有这条消息。");
    }
    if (!result.sent || result.status != 200) {
        return html(
            page(state,
                 "回调失败",
                 "<p>应用没有正确应答回调（HTTP " + std::to_string(result.status) + "，尝试 " +
                     std::to_string(result.deliveries) + " 次）。</p><p><a href=\"/people/" +
                     url_encode(delivery->userid) + "\">返回</a></p>"),
            502);
    }
    Response response;
    response.status = 303;
    response.location =
        "/people/" + url_encode(delivery->userid) + "#m" + std::to_string(delivery->id);
    return response;
}

Response authorize_page(const State& state, const Request& request) {
    if (const std::string objection = login_objection(state, request); !objection.empty()) {
        return html(page(state, "无法登录", "<p>" + base::escape_markup(objection) + "</p>"), 400);
    }
    std::string body = "<h2>以谁的身份登录？</h2><ul class=\"people\">";
    for (const Person& person : state.options.people) {
        body += "<li><form method=\"post\" action=\"/connect/oauth2/choice\">";
        for (const char* name : kLoginArguments) {
            body += hidden(name, request.argument(name));
        }
        body += hidden("userid", person.userid) + "<button><span>" +
                base::escape_markup(person.name.empty() ? person.userid : person.name) +
                "</span><span class=\"muted\">" + base::escape_markup(person.userid) +
                "</span></button></form></li>";
    }
    return html(page(state, "登录", body + "</ul>"));
}

Response authorize_choice(State& state, const Request& request) {
    Request asked = request;
    asked.query = request.form;
    const Person* person = state.find_person(request.field("userid"));
    if (!login_objection(state, asked).empty() || person == nullptr) {
        return html(page(state, "无法登录", "<p>请求不完整。</p>"), 400);
    }
    const std::string code = state.new_id("code");
    state.login_codes[code] = {person->userid, state.now() + kLoginCodeSeconds};
    std::string target = request.field("redirect_uri");
    target += target.find('?') == std::string::npos ? "?" : "&";
    Response response;
    response.status = 303;
    response.location = target + "code=" + code + "&state=" + url_encode(request.field("state"));
    return response;
}

}  // namespace hrbridge::wecom::sandbox
