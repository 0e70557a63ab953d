#include "daemon/app/config.h"

#include <array>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "daemon/app/config_reading.h"
#include "daemon/base/day_hours.h"
#include "daemon/processing/register.h"

namespace hrbridge::app {
namespace {

constexpr std::int64_t kMaxDays = 36'500;
// A month's digest is due at each evaluation until the next month is closed, which needs the next
// month's days and the delay; its message must be known for that long.
constexpr std::int64_t kLeastMessageDays = 93;
// What rules still look at, and what people may object to, is not erased behind their backs.
constexpr std::int64_t kLeastEmploymentDays = 365;
constexpr std::int64_t kLeastFactsMonths = 6;
constexpr std::int64_t kMostFactsMonths = 1200;
constexpr std::int64_t kMostBackups = 1000;
constexpr std::size_t kMostSocketBytes = 107;  // of a Unix socket's address

std::string folder_of_file(const std::string& file) {
    return std::filesystem::absolute(file).parent_path().string();
}

bool holds_password(const std::string& connection) {
    return connection.find("password") != std::string::npos;
}

void read_replica(base::YamlReader reader, const Reading& reading, Config& config) {
    ReplicaConfig out;
    out.store = config.store;
    out.store.connection = reader.text("connection").value_or("");
    out.store.password = reading.secret(reader, "password");
    out.most_lag =
        std::chrono::seconds(reader.integer("most_lag_s", 1, 3600).value_or(out.most_lag.count()));
    if (config.store.kind != "postgres") {
        reader.fault("connection", "an SQLite store has no replica; remove store.replica");
    } else if (out.store.connection.empty()) {
        reader.fault("connection",
                     "a replica needs a connection, e.g. \"host=standby dbname=hr user=hrbridge\"");
    } else if (holds_password(out.store.connection)) {
        reader.fault("connection",
                     "the password belongs under store.replica.password, as a reference");
    }
    reader.finish();
    config.replica = std::move(out);
}

void read_store(base::YamlReader reader, const Reading& reading, Config& config) {
    store::StoreOptions& out = config.store;
    out.kind = reader.choice("kind", {"sqlite", "postgres"}).value_or(out.kind);
    out.path = reading.absolute(reader.text("path").value_or(""));
    out.connection = reader.text("connection").value_or("");
    out.password = reading.secret(reader, "password");
    out.statement_timeout_s = static_cast<int>(
        reader.integer("statement_timeout_s", 1, 86'400).value_or(out.statement_timeout_s));
    config.store_upgrade =
        reader.choice("upgrade", {"automatic", "manual"}).value_or(config.store_upgrade);
    if (out.kind == "sqlite" && out.path.empty()) {
        reader.fault("path", "an SQLite store needs the path of its file");
    }
    if (out.kind == "postgres" && out.connection.empty()) {
        reader.fault(
            "connection",
            "a PostgreSQL store needs a connection, e.g. \"host=db dbname=hr user=hrbridge\"");
    }
    if (holds_password(out.connection)) {
        reader.fault("connection", "the password belongs under store.password, as a reference");
    }
    if (reader.has("replica")) {
        read_replica(reader.map("replica"), reading, config);
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

// Beside an SQLite store; else where systemd lets a service keep its state, or the configuration
// is.
std::string usual_state_folder(const Config& config) {
    if (!config.store.path.empty()) {
        return std::filesystem::path(config.store.path).parent_path().string();
    }
    const char* const given = std::getenv("STATE_DIRECTORY");
    return given == nullptr || *given == '\0' ? config.folder : given;
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
        source.kind =
            reader
                .choice("kind",
                        {"odbc", "mariadb", "sqlite", "http", "file", "iclock", "wecom_checkin"})
                .value_or("");
        if (!reader.has("kind")) {
            reader.fault("kind",
                         "is missing: odbc, mariadb, sqlite, http, file, iclock or wecom_checkin");
        }
        if (reader.has("guard")) {
            source.guard = read_guard(reader.map("guard"));
        }
        out.sources.push_back(std::move(source));
    }
}

// What is stated for the record of processing steers nothing; command_register reads it.
void check_stated(base::YamlReader reader, const Config& config) {
    std::vector<std::string> names;
    for (const SourceConfig& source : config.sources) {
        names.push_back(source.name);
    }
    processing::read_stated(std::move(reader), names);
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

void read_web(base::YamlReader reader, const Reading& reading, WebConfig& out) {
    out.host = reader.text("host").value_or(out.host);
    out.port = static_cast<int>(reader.integer("port", 0, 65'535).value_or(out.port));
    out.certificate = reading.file(reader, "certificate");
    out.key = reading.file(reader, "key");
    out.strict_transport_days =
        reader.integer("strict_transport_days", 0, 730).value_or(out.strict_transport_days);
    out.session_hours = reader.integer("session_hours", 1, 24).value_or(out.session_hours);
    out.session_idle_minutes =
        reader.integer("session_idle_minutes", 1, 24 * 60).value_or(out.session_idle_minutes);
    if (!is_loopback(out.host) && (out.certificate.empty() || out.key.empty())) {
        reader.fault("host",
                     "an address that others can reach needs certificate and key (PEM files)");
    } else if (out.certificate.empty() != out.key.empty()) {
        reader.fault(out.key.empty() ? "certificate" : "key",
                     "certificate and key (PEM files) are given together or not at all");
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
    out.punches_days = reader.integer("punches_days", 31, kMaxDays).value_or(out.punches_days);
    out.audit_days = reader.integer("audit_days", 365, kMaxDays).value_or(out.audit_days);
    out.employment_days =
        reader.integer("employment_days", kLeastEmploymentDays, kMaxDays).value_or(0);
    out.facts_months =
        reader.integer("facts_months", kLeastFactsMonths, kMostFactsMonths).value_or(0);
    if (const base::YamlNode* const facts = reader.child("facts_months")) {
        out.facts_place = facts->place() + ": retention.facts_months";
    }
    out.disk_reserve = reader.byte_size("disk_reserve").value_or(out.disk_reserve);
    reader.finish();
}

void read_backup(base::YamlReader reader, const Reading& reading, BackupConfig& out) {
    out.folder = reading.absolute(reader.text("folder").value_or(""));
    if (out.folder.empty()) {
        reader.fault("folder", "is missing: the folder for backups, best on another disk");
    }
    const base::YamlNode* const folder = reader.child("folder");
    out.folder_place = folder == nullptr ? std::string() : folder->place() + ": backup.folder";
    out.keep = reader.integer("keep", 1, kMostBackups).value_or(out.keep);
    out.schedule = reader.text("schedule").value_or(out.schedule);
    reader.finish();
}

// Where the key stands, or the file when it is missing.
std::string place_of(base::YamlReader& root, const std::string& key, const Config& config) {
    const base::YamlNode* const node = root.child(key);
    return (node == nullptr ? config.file : node->place()) + ": " + key;
}

void read_root(base::YamlReader& root, const Reading& reading, Config& out) {
    if (!root.has("store")) {
        root.fault("store", "is missing: {kind: sqlite, path: FILE} or {kind: postgres, …}");
    } else {
        read_store(root.map("store"), reading, out);
    }
    out.seal_keys = reading.secret(root, "seal_keys");
    out.seal_keys_place = place_of(root, "seal_keys", out);
    out.ledger_key = reading.secret(root, "ledger_key");
    out.ledger_key_place = place_of(root, "ledger_key", out);
    out.mappings = reading.folders_of(root, "mappings", "mappings");
    out.rules = reading.folder_of(root, "rules", "rules");
    out.migration = reading.file(root, "migration");
    out.zone = root.text("zone").value_or(out.zone);
    if (!base::Zone::find(out.zone)) {
        root.fault("zone", fmt::format("'{}' is no time zone of this machine", out.zone));
    }
    out.control_socket = reading.absolute(root.text("control_socket").value_or(out.control_socket));
    if (out.control_socket.empty() || out.control_socket.size() > kMostSocketBytes) {
        root.fault("control_socket",
                   fmt::format("must be a path of 1 to {} bytes, e.g. /run/hrbridge/control.sock",
                               kMostSocketBytes));
    }
    out.state_folder = root.has("state_folder") ? reading.folder_of(root, "state_folder", "")
                                                : usual_state_folder(out);
    read_sources(root, reading.faults, out);
    if (root.has("wecom")) {
        out.wecom.emplace();
        read_wecom(root.map("wecom"), reading, *out.wecom);
        if (out.wecom->callback && !root.has("seal_keys")) {
            root.fault("seal_keys", "is missing: what callbacks tell is kept sealed");
        }
    }
    if (root.has("processing")) {
        check_stated(root.map("processing"), out);
    }
    read_web(root.map("web"), reading, out.web);
    read_retention(root.map("retention"), out.retention);
    if (root.has("backup")) {
        read_backup(root.map("backup"), reading, out.backup.emplace());
    }
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
    config.folder = folder_of_file(path);
    const Reading reading{config.folder, loaded.faults};
    base::YamlReader root(&document.value(), "", loaded.faults);
    read_root(root, reading, config);
    if (loaded.faults.empty()) {
        loaded.config = std::move(config);
    }
    return loaded;
}

std::string backup_folder(const Config& config) {
    return config.backup ? config.backup->folder
                         : (std::filesystem::path(config.state_folder) / "backup").string();
}

std::string control_socket_of(const std::string& path) {
    const auto document = base::load_yaml(path);
    const base::YamlNode* node = document ? document->find("control_socket") : nullptr;
    return node == nullptr ? Config().control_socket
                           : absolute_in(folder_of_file(path), node->text);
}

}  // namespace hrbridge::app
