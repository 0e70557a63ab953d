#include "daemon/app/sources.h"

#include <filesystem>

#include <fmt/format.h>

#include "connectors/file/connector.h"
#include "connectors/http/connector.h"
#include "connectors/native/mariadb_connector.h"
#include "connectors/native/sqlite_connector.h"
#include "connectors/odbc/connection_string.h"
#include "connectors/odbc/connector.h"
#include "daemon/app/config_places.h"
#include "daemon/app/secrets.h"
#include "daemon/app/store_place.h"
#include "daemon/app/terminal_sources.h"

namespace hrbridge::app {
namespace {

// What reading one source's settings needs.
struct Reading {
    const Config& config;
    const SourceConfig& source;
    base::Faults& faults;

    std::string place() const {
        return fmt::format("{}: sources.{}", source.node.place(), source.name);
    }
    base::Secret secret(base::YamlReader& reader, std::string_view key) const {
        const base::YamlNode* node = reader.child(key);
        if (node == nullptr) {
            return {};
        }
        auto result = read_secret(*node, fmt::format("{}.{}", reader.path(), key), config.folder);
        if (!result) {
            faults.push_back(result.fault());
            return {};
        }
        return std::move(result).value();
    }
    // Faults of a connector's own check begin with the source's name.
    void add(base::Faults found) const {
        for (base::Fault& fault : found) {
            fault.where = fmt::format("{}: sources.{}", source.node.place(), fault.where);
            faults.push_back(std::move(fault));
        }
    }
    std::string absolute(const std::string& path) const {
        return path.empty()
                   ? path
                   : (std::filesystem::path(config.folder) / path).lexically_normal().string();
    }
};

odbc::Attributes read_attributes(base::YamlReader& reader, base::Faults& faults) {
    odbc::Attributes out;
    const base::YamlNode* node = reader.child("attributes");
    if (node == nullptr) {
        return out;
    }
    if (!node->is_map()) {
        reader.fault("attributes", "must be a map, e.g. {Server: erp.example, Database: u8}");
        return out;
    }
    for (const auto& [name, value] : node->entries) {
        if (value.is_scalar()) {
            out.emplace_back(name, value.text);
        } else {
            faults.push_back(
                {fmt::format("{}: {}.attributes.{}", value.place(), reader.path(), name),
                 "must be one text"});
        }
    }
    return out;
}

std::unique_ptr<connectors::Connector> make_odbc(base::YamlReader& reader,
                                                 const Reading& reading,
                                                 const ConnectorParts& parts) {
    odbc::Options options;
    options.name = reading.source.name;
    options.dsn = reader.text("dsn").value_or("");
    options.driver = reader.text("driver").value_or("");
    options.attributes = read_attributes(reader, reading.faults);
    options.user = reader.text("user").value_or("");
    options.password = reading.secret(reader, "password");
    options.dialect =
        reader
            .choice("dialect",
                    {"auto", "mariadb", "postgres", "sqlite", "sqlserver", "oracle", "generic"})
            .value_or(options.dialect);
    options.login_timeout_s =
        reader.integer("login_timeout_s", 1, 600).value_or(options.login_timeout_s);
    options.session_statements =
        reader.texts("session_statements").value_or(std::vector<std::string>{});
    options.now_query = reader.text("now_query").value_or("");
    reading.add(odbc::check_options(options));
    return std::make_unique<odbc::OdbcConnector>(
        std::move(options),
        reading.source.guard,
        odbc::OdbcConnector::Parts{parts.driver_manager, parts.clock, parts.log, &parts.metrics});
}

// A path of a PEM file that can be read, or empty.
std::string read_pem(base::YamlReader& reader, const Reading& reading, std::string_view key) {
    std::string path = reading.absolute(reader.text(key).value_or(""));
    if (!path.empty()) {
        if (std::string problem = file_fault(path); !problem.empty()) {
            reader.fault(key, std::move(problem));
        }
    }
    return path;
}

std::unique_ptr<connectors::Connector> make_mariadb(base::YamlReader& reader,
                                                    const Reading& reading,
                                                    const ConnectorParts& parts) {
    native::MariaDbOptions options;
    options.name = reading.source.name;
    options.host = reader.text("host").value_or("");
    options.port = reader.integer("port", 1, 65'535).value_or(options.port);
    options.socket = reading.absolute(reader.text("socket").value_or(""));
    options.database = reader.text("database").value_or("");
    options.user = reader.text("user").value_or("");
    options.password = reading.secret(reader, "password");
    if (reader.has("tls")) {
        base::YamlReader tls = reader.map("tls");
        options.tls = native::MariaDbTls{read_pem(tls, reading, "ca_file"),
                                         read_pem(tls, reading, "certificate"),
                                         read_pem(tls, reading, "key")};
        tls.finish();
    }
    options.login_timeout_s =
        reader.integer("login_timeout_s", 1, 600).value_or(options.login_timeout_s);
    options.session_statements =
        reader.texts("session_statements").value_or(std::vector<std::string>{});
    options.now_query = reader.text("now_query").value_or("");
    reading.add(native::check_options(options));
    return std::make_unique<native::MariaDbConnector>(
        std::move(options),
        reading.source.guard,
        native::MariaDbConnector::Parts{parts.clock, parts.log, &parts.metrics});
}

std::unique_ptr<connectors::Connector> make_sqlite(base::YamlReader& reader,
                                                   const Reading& reading,
                                                   const ConnectorParts& parts) {
    native::SqliteOptions options;
    options.name = reading.source.name;
    options.path = reading.absolute(reader.text("path").value_or(""));
    options.busy_timeout_s =
        reader.integer("busy_timeout_s", 1, 600).value_or(options.busy_timeout_s);
    reading.add(native::check_options(options));
    return std::make_unique<native::SqliteConnector>(
        std::move(options),
        reading.source.guard,
        native::SqliteConnector::Parts{parts.clock, parts.log, &parts.metrics});
}

std::unique_ptr<connectors::Connector> make_http(base::YamlReader& reader,
                                                 const Reading& reading,
                                                 const ConnectorParts& parts) {
    const auto secret = [&](base::YamlReader& inner, std::string_view key) {
        return reading.secret(inner, key);
    };
    http::Options options = http::read_options(reader, secret);
    options.ca_file = reading.absolute(options.ca_file);
    if (!options.ca_file.empty()) {
        if (std::string problem = file_fault(options.ca_file); !problem.empty()) {
            reader.fault("ca_file", std::move(problem));
        }
    }
    options.rows_per_second = reading.source.guard.rows_per_second;
    for (base::Fault& fault : http::check_options(options, reading.place())) {
        reading.faults.push_back(std::move(fault));
    }
    return std::make_unique<http::HttpConnector>(
        reading.source.name, std::move(options), parts.clock);
}

std::unique_ptr<connectors::Connector> make_file(base::YamlReader& reader,
                                                 const Reading& reading,
                                                 const ConnectorParts& parts) {
    file::Options options;
    options.name = reading.source.name;
    options.folder = reading.absolute(reader.required_text("folder"));
    options.stable_ms = reader.duration_ms("stable").value_or(options.stable_ms);
    options.max_file_bytes = reader.byte_size("max_file_bytes").value_or(options.max_file_bytes);
    return std::make_unique<file::FileConnector>(std::move(options), parts.clock, &parts.log);
}

// Limits that a kind does not hold. The values were checked with the configuration.
void check_guard(base::YamlReader guard, const std::string& kind) {
    std::vector<std::string_view> unknown;
    if (kind == "http") {
        unknown = {"sessions", "query_seconds"};
    } else if (kind == "file" || kind == "wecom_checkin" || kind == "iclock") {
        unknown = {"sessions", "query_seconds", "rows_per_second"};
    }
    for (const std::string_view key : unknown) {
        if (guard.has(key)) {
            guard.fault(key, "is not supported yet for sources of kind " + kind + "; leave it out");
        }
    }
}

std::unique_ptr<connectors::Connector> make_one(base::YamlReader& reader,
                                                const Reading& reading,
                                                const ConnectorParts& parts) {
    const std::string& kind = reading.source.kind;
    if (kind == "odbc") {
        return make_odbc(reader, reading, parts);
    }
    if (kind == "mariadb") {
        return make_mariadb(reader, reading, parts);
    }
    if (kind == "sqlite") {
        return make_sqlite(reader, reading, parts);
    }
    if (kind == "http") {
        return make_http(reader, reading, parts);
    }
    if (kind == "file") {
        return make_file(reader, reading, parts);
    }
    if (kind == "iclock") {
        return std::make_unique<iclock::IclockConnector>(
            read_terminal_source(reader, reading.config, reading.source, reading.faults).options,
            parts.received,
            parts.clock);
    }
    if (kind == "wecom_checkin") {
        if (parts.wecom == nullptr) {
            reader.fault(
                "kind",
                "check-ins are read through the application under `wecom:`, which is missing");
            return nullptr;
        }
        return std::make_unique<wecom::CheckinConnector>(
            *parts.wecom, parts.wecom_users, parts.clock);
    }
    return nullptr;  // load_config() has said so
}

}  // namespace

Connectors make_connectors(const Config& config,
                           const ConnectorParts& parts,
                           base::Faults& faults) {
    Connectors out;
    for (const SourceConfig& source : config.sources) {
        const std::size_t before = faults.size();
        base::YamlReader reader(&source.node, "sources." + source.name, faults);
        reader.child("kind");
        check_guard(reader.map("guard"), source.kind);
        auto connector = make_one(reader, Reading{config, source, faults}, parts);
        reader.finish();
        if (connector != nullptr && faults.size() == before) {
            out.emplace(source.name, std::move(connector));
        }
    }
    return out;
}

base::Faults missing_folders(const Config& config) {
    base::Faults missing = store_place_faults(config);
    for (const SourceConfig& source : config.sources) {
        if (source.kind != "file") {
            continue;
        }
        base::Faults told;  // by make_connectors() already
        base::YamlReader quiet(&source.node, "sources." + source.name, told);
        const Reading reading{config, source, told};
        const std::string folder = reading.absolute(quiet.required_text("folder"));
        if (folder.empty()) {
            continue;
        }
        if (std::string problem = folder_fault(folder); !problem.empty()) {
            base::YamlReader(&source.node, "sources." + source.name, missing)
                .fault("folder", std::move(problem));
        }
    }
    if (config.backup) {
        if (std::string problem = own_folder_fault(config.backup->folder); !problem.empty()) {
            missing.push_back({config.backup->folder_place, std::move(problem)});
        }
    }
    return missing;
}

}  // namespace hrbridge::app
