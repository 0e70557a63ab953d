#include "daemon/app/config.h"

#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "daemon/app/secrets.h"
#include "daemon/base/day_hours.h"

namespace hrbridge::app {
namespace {

constexpr std::int64_t kMaxDays = 36'500;
// A finding's month may be judged again for two months; its message must be known for that long.
constexpr std::int64_t kLeastMessageDays = 93;

// The reading of one file: where relative paths count from and where faults go.
struct Reading {
    std::string folder;
    base::Faults& faults;

    std::string absolute(const std::string& path) const {
        return path.empty() ? path
                            : (std::filesystem::path(folder) / path).lexically_normal().string();
    }
    base::Secret secret(base::YamlReader& reader, std::string_view key) const {
        const base::YamlNode* node = reader.child(key);
        if (node == nullptr) {
            return {};
        }
        auto result = read_secret(*node, fmt::format("{}.{}", reader.path(), key), folder);
        if (!result) {
            faults.push_back(result.fault());
            return {};
        }
        return std::move(result).value();
    }
};

void read_store(base::YamlReader reader, const Reading& reading, store::StoreOptions& out) {
    out.kind = reader.choice("kind", {"sqlite", "postgres"}).value_or(out.kind);
    out.path = reading.absolute(reader.text("path").value_or(""));
    out.connection = reader.text("connection").value_or("");
    out.password = reading.secret(reader, "password");
    out.statement_timeout_s = static_cast<int>(
        reader.integer("statement_timeout_s", 1, 86'400).value_or(out.statement_timeout_s));
    if (out.kind == "sqlite" && out.path.empty()) {
        reader.fault("path", "an SQLite store needs the path of its file");
    }
    if (out.kind == "postgres" && out.connection.empty()) {
        reader.fault(
            "connection",
            "a PostgreSQL store needs a connection, e.g. \"host=db dbname=hr user=hrbridge\"");
    }
    if (out.connection.find("password") != std::string::npos) {
        reader.fault("connection", "the password belongs under store.password, as a reference");
    }
    reader.finish();
}

connectors::SourceGuard read_guard(base::YamlReader reader) {
    connectors::SourceGuard guard;
    guard.sessions = static_cast<int>(reader.integer("sessions", 1, 64).value_or(guard.sessions));
    guard.rows_per_second =
        reader.integer("rows_per_second", 1, 1'000'000'000).value_or(guard.rows_per_second);
    guard.query_seconds = reader.integer("query_seconds", 1, 86'400).value_or(guard.query_seconds);
    guard.hours = reader.text("hours").value_or("");
    if (reader.has("hours") && !base::DayHours::parse(guard.hours)) {
        reader.fault("hours", "write the hours as \"22:00-06:00\"");
    }
    reader.finish();
    return guard;
}

// The kind's own keys are checked where the connector is built (connectors.h).
void read_sources(base::YamlReader& root, base::Faults& faults, Config& out) {
    const base::YamlNode* sources = root.child("sources");
    if (sources == nullptr) {
        return;
    }
    if (!sources->is_map()) {
        root.fault("sources", "must be a map from a source's name to its settings");
        return;
    }
    for (const auto& [name, node] : sources->entries) {
        base::YamlReader reader(&node, "sources." + name, faults);
        SourceConfig source{name, "", node, {}};
        source.kind = reader.choice("kind", {"odbc", "http", "file", "wecom_checkin"}).value_or("");
        if (!reader.has("kind")) {
            reader.fault("kind", "is missing: odbc, http, file or wecom_checkin");
        }
        if (reader.has("guard")) {
            source.guard = read_guard(reader.map("guard"));
        }
        out.sources.push_back(std::move(source));
    }
}

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

void read_wecom(base::YamlReader reader, const Reading& reading, WecomConfig& out) {
    out.base_url = reader.text("base_url").value_or(out.base_url);
    out.ca_file = reading.absolute(reader.text("ca_file").value_or(""));
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
    out.hr_receivers = reader.texts("hr_receivers").value_or(std::vector<std::string>{});
    out.page_url = reader.text("page_url").value_or("");
    if (reader.has("callback")) {
        out.callback = read_callback(reader.map("callback"), reading);
    }
    reader.finish();
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

void read_web(base::YamlReader reader, const Reading& reading, WebConfig& out) {
    out.host = reader.text("host").value_or(out.host);
    out.port = static_cast<int>(reader.integer("port", 0, 65'535).value_or(out.port));
    out.certificate = reading.absolute(reader.text("certificate").value_or(""));
    out.key = reading.absolute(reader.text("key").value_or(""));
    out.session_hours = reader.integer("session_hours", 1, 24).value_or(out.session_hours);
    if (!is_loopback(out.host) && (out.certificate.empty() || out.key.empty())) {
        reader.fault("host",
                     "an address that others can reach needs certificate and key (PEM files)");
    }
    reader.finish();
}

void read_retention(base::YamlReader reader, RetentionConfig& out) {
    out.runs_days = reader.integer("runs_days", 1, kMaxDays).value_or(out.runs_days);
    out.rejects_days = reader.integer("rejects_days", 1, kMaxDays).value_or(out.rejects_days);
    out.callbacks_days = reader.integer("callbacks_days", 1, kMaxDays).value_or(out.callbacks_days);
    out.messages_days =
        reader.integer("messages_days", kLeastMessageDays, kMaxDays).value_or(out.messages_days);
    out.sessions_days = reader.integer("sessions_days", 1, kMaxDays).value_or(out.sessions_days);
    out.audit_days = reader.integer("audit_days", 365, kMaxDays).value_or(out.audit_days);
    out.disk_reserve = reader.byte_size("disk_reserve").value_or(out.disk_reserve);
    reader.finish();
}

void read_root(base::YamlReader& root, const Reading& reading, Config& out) {
    if (!root.has("store")) {
        root.fault("store", "is missing: {kind: sqlite, path: FILE} or {kind: postgres, …}");
    } else {
        read_store(root.map("store"), reading, out.store);
    }
    out.seal_keys = reading.secret(root, "seal_keys");
    out.mappings = reading.absolute(root.text("mappings").value_or("mappings"));
    out.rules = reading.absolute(root.text("rules").value_or("rules"));
    out.zone = root.text("zone").value_or(out.zone);
    if (!base::Zone::find(out.zone)) {
        root.fault("zone", fmt::format("'{}' is no time zone of this machine", out.zone));
    }
    out.control_socket = reading.absolute(root.text("control_socket").value_or(out.control_socket));
    read_sources(root, reading.faults, out);
    if (root.has("wecom")) {
        out.wecom.emplace();
        read_wecom(root.map("wecom"), reading, *out.wecom);
        if (out.wecom->callback && !root.has("seal_keys")) {
            root.fault("seal_keys", "is missing: what callbacks tell is kept sealed");
        }
    }
    read_web(root.map("web"), reading, out.web);
    read_retention(root.map("retention"), out.retention);
    out.findings_every = root.text("findings_every").value_or(out.findings_every);
    out.log_level = root.choice("log_level", {"debug", "info", "notice", "warning", "error"})
                        .value_or(out.log_level);
    root.finish();
}

}  // namespace

LoadedConfig load_config(const std::string& path) {
    LoadedConfig loaded;
    auto document = base::load_yaml(path);
    if (!document) {
        loaded.faults.push_back(document.fault());
        return loaded;
    }
    Config config;
    config.file = std::filesystem::absolute(path).string();
    config.folder = std::filesystem::absolute(path).parent_path().string();
    const Reading reading{config.folder, loaded.faults};
    base::YamlReader root(&document.value(), "", loaded.faults);
    read_root(root, reading, config);
    if (loaded.faults.empty()) {
        loaded.config = std::move(config);
    }
    return loaded;
}

}  // namespace hrbridge::app
