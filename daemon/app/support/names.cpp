#include "daemon/app/support/names.h"

#include <algorithm>
#include <array>
#include <climits>
#include <memory>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/app/support/words.h"
#include "daemon/base/text.h"

namespace hrbridge::app::support {
namespace {

// Under these keys stands who, on which machine and in which database.
constexpr std::array kWho{"address",
                          "allow",
                          "client_id",
                          "connection",
                          "corp_id",
                          "data source",
                          "database",
                          "dsn",
                          "host",
                          "hostname",
                          "hr_receivers",
                          "key_id",
                          "proxy",
                          "server",
                          "servername",
                          "uid",
                          "user",
                          "user id",
                          "username"};
constexpr std::size_t kShortestName = 2;

// And under these a place, whose parts are words of every day sooner.
constexpr std::array kWhere{
    "base_url", "browser", "dbq", "folder", "inside", "page_url", "path", "socket", "token_url"};
constexpr std::size_t kShortestPart = 3;

// Words beside names in connections, addresses and paths.
constexpr std::array kOrdinary{"0.0.0.0",
                               "127.0.0.1",
                               "authorize",
                               "backup",
                               "backups",
                               "callback",
                               "connect",
                               "connect_timeout",
                               "data",
                               "database",
                               "dbname",
                               "driver",
                               "etc",
                               "export",
                               "file",
                               "files",
                               "home",
                               "host",
                               "hostaddr",
                               "hrbridge",
                               "http",
                               "https",
                               "import",
                               "lib",
                               "local",
                               "localhost",
                               "log",
                               "login",
                               "login.work.weixin.qq.com",
                               "media",
                               "mnt",
                               "oauth2",
                               "open.weixin.qq.com",
                               "opt",
                               "port",
                               "qyapi.weixin.qq.com",
                               "root",
                               "run",
                               "server",
                               "share",
                               "source",
                               "sources",
                               "srv",
                               "sslmode",
                               "sslrootcert",
                               "sso",
                               "state",
                               "store",
                               "tmp",
                               "uid",
                               "user",
                               "usr",
                               "var",
                               "wecom",
                               "wwlogin"};

// What stands between two folders, or an address's parts.
bool parts_a_path(char c) {
    return c == '/' || c == '\\';
}

void add_word(std::string_view word, std::size_t shortest, std::set<std::string>& out) {
    const std::string_view name = without_port(without_stop(word));
    if (name.size() >= shortest && !is_number(name) && !is_one_of(kOrdinary, name)) {
        out.emplace(name);
    }
}

void add_names(const std::string& value, std::size_t shortest, std::set<std::string>& out) {
    const std::string text = base::to_lower_ascii(value);
    for_each_word(text, [&](std::string_view word) { add_word(word, shortest, out); });
    for (auto begin = text.begin(); begin != text.end();) {
        const auto end = std::find_if(begin, text.end(), parts_a_path);
        const std::string part(begin, end);
        if (!is_ascii(part)) {
            out.insert(part);  // where its words end, nobody can tell
        }
        begin = end == text.end() ? end : end + 1;
    }
}

// 0: nobody is named there.
std::size_t shortest_under(std::string_view key) {
    return is_one_of(kWho, key) ? kShortestName : is_one_of(kWhere, key) ? kShortestPart : 0;
}

void collect(const base::YamlNode& node, std::size_t shortest, std::set<std::string>& out) {
    if (node.is_scalar() && shortest > 0) {
        add_names(node.text, shortest, out);
    }
    for (const base::YamlNode& item : node.items) {
        collect(item, shortest, out);
    }
    for (const auto& [key, value] : node.entries) {
        collect(value, shortest_under(base::to_lower_ascii(key)), out);
    }
}

struct Free {
    void operator()(addrinfo* found) const { ::freeaddrinfo(found); }
};

std::string whole_name_of(const std::string& host) {
    addrinfo hints{};
    hints.ai_flags = AI_CANONNAME;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) {
        return {};
    }
    const std::unique_ptr<addrinfo, Free> owned(found);
    return found->ai_canonname == nullptr ? std::string() : std::string(found->ai_canonname);
}

}  // namespace

std::set<std::string> names_in(const base::YamlNode& configuration) {
    std::set<std::string> out;
    collect(configuration, 0, out);
    if (const base::YamlNode* const sources = configuration.find("sources")) {
        for (const auto& [name, source] : sources->entries) {
            out.erase(base::to_lower_ascii(name));
        }
    }
    return out;
}

std::set<std::string> names_in(const Config& config) {
    base::YamlNode all;
    all.kind = base::YamlNode::Kind::Map;
    const auto add = [&all](const char* key, const std::string& value) {
        base::YamlNode& node = all.entries.emplace_back(key, base::YamlNode()).second;
        node.kind = base::YamlNode::Kind::Scalar;
        node.text = value;
    };
    add("path", config.store.path);
    add("connection", config.store.connection);
    add("connection", config.replica ? config.replica->store.connection : "");
    add("folder", config.backup ? config.backup->folder : "");
    add("host", config.web.host);
    if (config.wecom) {
        add("base_url", config.wecom->base_url);
        add("corp_id", config.wecom->corp_id);
        add("page_url", config.wecom->page_url);
        for (const std::string& receiver : config.wecom->hr_receivers) {
            add("hr_receivers", receiver);
        }
    }
    if (config.wecom && config.wecom->login) {
        add("inside", config.wecom->login->inside);
        add("browser", config.wecom->login->browser);
    }
    base::YamlNode sources;
    sources.kind = base::YamlNode::Kind::Map;
    for (const SourceConfig& source : config.sources) {
        sources.entries.emplace_back(source.name, source.node);
    }
    all.entries.emplace_back("sources", std::move(sources));
    return names_in(all);
}

std::set<std::string> names_of_machine() {
    std::array<char, HOST_NAME_MAX + 1> buffer{};
    ::gethostname(buffer.data(), buffer.size() - 1);
    const std::string host = buffer.data();
    std::set<std::string> out;
    for (const std::string& name : {host, host.substr(0, host.find('.')), whole_name_of(host)}) {
        add_names(name, kShortestName, out);
    }
    return out;
}

}  // namespace hrbridge::app::support
