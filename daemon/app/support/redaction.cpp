#include "daemon/app/support/redaction.h"

#include <algorithm>
#include <array>

#include "daemon/app/support/words.h"

namespace hrbridge::app::support {
namespace {

constexpr std::size_t kLongestValue = 40;

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
                               "session_idle_minutes",
                               "sessions",
                               "sessions_days",
                               "stable",
                               "stall_timeout",
                               "statement_timeout_s",
                               "strict_transport_days",
                               "upgrade",
                               "zone"};

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
    const bool is_switch = value == "true" || value == "false";
    return is_switch ||
           (is_one_of(kHarmless, key) && only_has(value, "_.:*,- /") && value.front() != '/');
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

}  // namespace

std::string redacted(const base::YamlNode& configuration) {
    std::string out;
    write(configuration, "", 0, out);
    return out;
}

}  // namespace hrbridge::app::support
