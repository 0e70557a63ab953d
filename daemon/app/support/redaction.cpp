#include "daemon/app/support/redaction.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "daemon/base/text.h"

namespace hrbridge::app::support {
namespace {

constexpr std::string_view kRemoved = "(removed)";
constexpr std::string_view kAddress = "(address)";
constexpr std::size_t kLongestValue = 40;
constexpr std::size_t kShortestName = 3;

// How something is set, and nothing of who, where and by which secret.
constexpr std::array kHarmless{"account_cap",
                               "ahead",
                               "audit_days",
                               "busy_timeout_s",
                               "callbacks_days",
                               "connect_timeout",
                               "dialect",
                               "disk_reserve",
                               "findings_every",
                               "hours",
                               "keep",
                               "kind",
                               "log_level",
                               "login_timeout_s",
                               "longest_wait",
                               "mappings",
                               "max_file_bytes",
                               "max_response",
                               "messages_days",
                               "most_lag_s",
                               "migration",
                               "port",
                               "punches_days",
                               "query_seconds",
                               "rejects_days",
                               "request_timeout",
                               "retries",
                               "rows_per_second",
                               "rules",
                               "runs_days",
                               "schedule",
                               "session_hours",
                               "sessions",
                               "sessions_days",
                               "stable",
                               "stall_timeout",
                               "statement_timeout_s",
                               "upgrade",
                               "zone"};

// Under these keys stands who and where.
constexpr std::array kNaming{"address",
                             "allow",
                             "base_url",
                             "client_id",
                             "connection",
                             "corp_id",
                             "host",
                             "hr_receivers",
                             "page_url",
                             "proxy",
                             "server",
                             "servername",
                             "token_url",
                             "uid",
                             "user"};

// Words beside names in connections and addresses.
constexpr std::array kOrdinary{"connect_timeout",
                               "dbname",
                               "host",
                               "hostaddr",
                               "hrbridge",
                               "http",
                               "https",
                               "localhost",
                               "port",
                               "qyapi.weixin.qq.com",
                               "sslmode",
                               "sslrootcert",
                               "user"};

template <typename Words>
bool is_one_of(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool only_has(std::string_view text, std::string_view beside) {
    return !text.empty() && text.size() <= kLongestValue &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return is_letter_or_digit(c) || beside.find(c) != std::string_view::npos;
           });
}

bool is_harmless(std::string_view key, std::string_view value) {
    return is_one_of(kHarmless, key) && only_has(value, "_.:*,- /") && value.front() != '/';
}

// A flow map turns a lone word into a key: {s3cret}.
std::string shown_key(const std::string& key, const base::YamlNode& value) {
    const bool lone = value.kind == base::YamlNode::Kind::Null;
    return only_has(key, "_.-") && (!lone || is_one_of(kHarmless, key)) ? key
                                                                        : std::string(kRemoved);
}

std::string shown(std::string_view key, const base::YamlNode& scalar) {
    const std::string value = is_harmless(key, scalar.text) ? scalar.text : std::string(kRemoved);
    return "\"" + value + "\"";
}

void write(const base::YamlNode& node, std::string_view key, std::size_t depth, std::string& out) {
    const std::string indent(2 * depth, ' ');
    for (const auto& [name, value] : node.entries) {
        out += indent + shown_key(name, value) + ":";
        out += value.is_scalar() ? " " + shown(name, value) + "\n" : "\n";
        write(value, name, depth + 1, out);
    }
    for (const base::YamlNode& item : node.items) {
        out += indent + "-" + (item.is_scalar() ? " " + shown(key, item) : "") + "\n";
        write(item, key, depth + 1, out);
    }
}

bool is_in_name(char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-' || c == ':';
}

bool is_number(std::string_view word) {
    return std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::size_t size_of_gap(std::string_view text, Form form) {
    std::size_t size = 0;
    while (size < text.size() && !is_in_name(text[size])) {
        size += form == Form::Json && text[size] == '\\' ? 2U : 1U;
    }
    return std::min(size, text.size());
}

// The words of a text and what stands between them, in turn.
template <typename OfWord, typename OfOther>
void walk(std::string_view text, Form form, const OfWord& of_word, const OfOther& of_other) {
    while (!text.empty()) {
        const auto end = std::find_if_not(text.begin(), text.end(), is_in_name);
        const auto size = static_cast<std::size_t>(end - text.begin());
        of_word(text.substr(0, size));
        text.remove_prefix(size);
        const std::size_t gap = size_of_gap(text, form);
        of_other(text.substr(0, gap));
        text.remove_prefix(gap);
    }
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
}

void replace_all(const std::string& name, std::string& text) {
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;
         at += kRemoved.size()) {
        text.replace(at, name.size(), kRemoved);
    }
}

bool is_address(std::string_view word) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    const std::string text(word);
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
        return bytes[0] != 127 && bytes[0] != 0;
    }
    return ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 && text != "::1" && text != "::";
}

std::string_view without_port(std::string_view word) {
    const std::size_t colon = word.rfind(':');
    return colon != std::string_view::npos && is_number(word.substr(colon + 1))
               ? word.substr(0, colon)
               : word;
}

std::string_view without_stop(std::string_view word) {
    while (!word.empty() && (word.back() == '.' || word.back() == ':')) {
        word.remove_suffix(1);
    }
    return word;
}

void add_names(std::string_view text, std::set<std::string>& out) {
    const auto add = [&out](std::string_view word) {
        const std::string_view name = without_port(without_stop(word));
        if (name.size() >= kShortestName && !is_number(name) && !is_one_of(kOrdinary, name)) {
            out.emplace(name);
        }
    };
    walk(text, Form::Plain, add, [](std::string_view) {});
    if (!is_ascii(text)) {
        out.emplace(text);  // where its words end, nobody can tell
    }
}

void collect(const base::YamlNode& node, bool naming, std::set<std::string>& out) {
    if (node.is_scalar() && naming) {
        add_names(node.text, out);
    }
    for (const base::YamlNode& item : node.items) {
        collect(item, naming, out);
    }
    for (const auto& [key, value] : node.entries) {
        collect(value, is_one_of(kNaming, base::to_lower_ascii(key)), out);
    }
}

}  // namespace

std::string redacted(const base::YamlNode& configuration) {
    std::string out;
    write(configuration, "", 0, out);
    return out;
}

std::set<std::string> names_in(const base::YamlNode& configuration) {
    std::set<std::string> out;
    collect(configuration, false, out);
    if (const base::YamlNode* const sources = configuration.find("sources")) {
        for (const auto& [name, source] : sources->entries) {
            out.erase(name);
        }
    }
    return out;
}

std::string without(const std::set<std::string>& names, std::string_view text, Form form) {
    std::string out;
    const auto replace = [&](std::string_view word) {
        const std::string_view bare = without_stop(word);
        for (const std::string_view part : {word, bare, without_port(bare)}) {
            const bool named = names.count(std::string(part)) > 0;
            if (named || is_address(part)) {
                out += named ? kRemoved : kAddress;
                out += word.substr(part.size());
                return;
            }
        }
        out += word;
    };
    walk(text, form, replace, [&out](std::string_view between) { out += between; });
    for (const std::string& name : names) {
        if (!is_ascii(name)) {
            replace_all(name, out);
        }
    }
    return out;
}

}  // namespace hrbridge::app::support
