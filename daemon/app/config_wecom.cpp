#include <set>

#include <fmt/format.h>

#include "connectors/wecom/http.h"
#include "daemon/app/config_reading.h"
#include "daemon/base/text.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kMostUseridBytes = 64;  // of WeCom

// Under one prefix, so that no page is hidden by it.
bool is_callback_path(const std::string& path) {
    constexpr std::string_view kPrefix = "/wecom/";
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/";
    return path.size() > kPrefix.size() && path.starts_with(kPrefix) &&
           path.find_first_not_of(kAllowed) == std::string::npos;
}

WecomCallbackConfig read_callback(base::YamlReader reader, const Reading& reading) {
    WecomCallbackConfig out;
    for (const char* key : {"token", "aes_key"}) {
        if (!reader.has(key)) {
            reader.fault(key,
                         "is missing: the console's page \"接收消息\" shows it; give a reference");
        }
    }
    out.token = reading.secret(reader, "token");
    out.aes_key = reading.secret(reader, "aes_key");
    out.path = reader.text("path").value_or(out.path);
    if (!is_callback_path(out.path)) {
        reader.fault("path", "must begin with /wecom/ and hold letters, digits, - and _ only");
    }
    reader.finish();
    return out;
}

// Each finding goes to single people; "@all" and "a|b" would reach others too. The platform knows
// no case in userids: without folding, one person written twice would get each card twice.
std::vector<std::string> read_receivers(base::YamlReader& reader) {
    auto receivers = reader.texts("hr_receivers");
    if (!receivers && reader.has("hr_receivers")) {
        return {};
    }
    if (!receivers || receivers->empty()) {
        reader.fault("hr_receivers",
                     "is missing: findings go to these people, e.g. [hr01, hr02]; 通讯录 › "
                     "成员 shows a person's userid (账号)");
        return {};
    }
    std::set<std::string> known;
    for (std::string& receiver : *receivers) {
        if (receiver.empty() || receiver.size() > kMostUseridBytes || receiver.front() == '@' ||
            receiver.find_first_of("| \t\r\n") != std::string::npos) {
            reader.fault("hr_receivers",
                         fmt::format("'{}' is no userid of one person; name each person by "
                                     "himself, e.g. [hr01, hr02]",
                                     receiver));
            continue;
        }
        std::string folded = base::to_lower_ascii(receiver);
        if (!known.insert(folded).second) {
            reader.fault(
                "hr_receivers",
                fmt::format("'{}' is named twice; WeCom knows no case in userids", receiver));
        }
        receiver = std::move(folded);
    }
    return std::move(*receivers);
}

// Where cards lead: people open it on their phones.
std::string read_page_url(base::YamlReader& reader) {
    std::string url = reader.text("page_url").value_or("");
    if (url.empty()) {
        reader.fault("page_url",
                     "is missing: the address under which people reach the pages from their "
                     "phones, e.g. https://hr.example.com");
        return url;
    }
    if (!wecom::check_url(url, "").empty() || url.find("//") + 2 >= url.size() ||
        url.find_first_of("?# \t") != std::string::npos) {
        reader.fault("page_url",
                     "must be an address like https://hr.example.com (plain http only to "
                     "127.0.0.1, [::1] or localhost), without ? and #");
    }
    while (!url.empty() && url.back() == '/') {
        url.pop_back();
    }
    return url;
}

// `login: true`, or a map with the addresses of another platform than the cloud's.
std::optional<WecomLoginConfig> read_login(base::YamlReader& reader) {
    const base::YamlNode* const node = reader.child("login");
    if (node == nullptr) {
        return std::nullopt;
    }
    if (node->kind != base::YamlNode::Kind::Map) {
        return reader.boolean("login").value_or(false) ? std::optional(WecomLoginConfig())
                                                       : std::nullopt;
    }
    WecomLoginConfig out;
    base::YamlReader map = reader.map("login");
    for (const auto& [key, url] :
         {std::pair{"inside", &out.inside}, std::pair{"browser", &out.browser}}) {
        *url = map.text(key).value_or(*url);
        if (!wecom::check_url(*url, "").empty() ||
            url->find_first_of("?# \t") != std::string::npos) {
            map.fault(key, "must be an https address without ? and #");
        }
    }
    map.finish();
    return out;
}

}  // namespace

void read_wecom(base::YamlReader reader, const Reading& reading, WecomConfig& out) {
    out.base_url = reader.text("base_url").value_or(out.base_url);
    for (const base::Fault& fault : wecom::check_url(out.base_url, "")) {
        reader.fault("base_url", fault.what);
    }
    out.ca_file = reading.file(reader, "ca_file");
    out.corp_id = reader.required_text("corp_id");
    out.agent_id = reader.integer("agent_id", 1, 2'147'483'647).value_or(0);
    if (!reader.has("agent_id")) {
        reader.fault("agent_id", "is missing: the application's AgentId from the WeCom console");
    }
    if (!reader.has("secret")) {
        reader.fault("secret", "is missing: the application's secret, as a reference");
    }
    out.secret = reading.secret(reader, "secret");
    out.account_cap = reader.integer("account_cap", 1, 10'000'000).value_or(out.account_cap);
    out.hr_receivers = read_receivers(reader);
    out.page_url = read_page_url(reader);
    if (reader.has("callback")) {
        out.callback = read_callback(reader.map("callback"), reading);
    }
    out.login = read_login(reader);
    reader.finish();
}

}  // namespace hrbridge::app
