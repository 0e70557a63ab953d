#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/native/mariadb_connector.h"
#include "connectors/native/sqlite_connector.h"
#include "connectors/odbc/connector.h"
#include "connectors/odbc/session.h"
#include "daemon/base/clock.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/memory_log.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::odbc {

using Cell = std::optional<std::string>;
using Rows = std::vector<std::vector<Cell>>;

// The ways to a database that one must not be able to tell from what is read.
inline std::vector<std::string> all_kinds() {
    return {"mariadb", "postgres", "sqlite", "native_mariadb", "native_sqlite"};
}

// A new database of one kind with a connector for it: by ODBC, or of a "native_" kind by the
// database's own client library.
class Database {
  public:
    explicit Database(const std::string& kind)
        : kind_(kind.substr(kind.find('_') + 1)), native_(kind_ != kind) {
        options_.name = "erp";
        if (kind_ == "mariadb") {
            use_mariadb();
        } else if (kind_ == "postgres") {
            use_postgres();
        } else {
            use_sqlite();
        }
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database() {
        if (kind_ == "mariadb") {
            test::MariadbServer::instance().drop_database(name_);
        } else if (kind_ == "postgres") {
            test::PostgresServer::instance().drop_database(name_);
        }
    }

    // Without "native_".
    const std::string& kind() const { return kind_; }
    bool native() const { return native_; }
    const std::string& name() const { return name_; }
    // Of ODBC; a native connector takes from them what it has too.
    Options& options() { return options_; }
    connectors::SourceGuard& guard() { return guard_; }

    // Runs statements one by one, as an administrator would.
    void run(const std::vector<std::string>& statements) {
        Options options = options_;
        if (kind_ == "sqlite") {
            options.attributes.emplace_back("NoCreat", "0");
        }
        const Session session = open_session(api_, options, {});
        for (const std::string& statement : statements) {
            Statement(*session.connection).run(statement);
        }
    }

    // A new one, which lives as long as this.
    SqlConnector& connector() { return *connectors_.emplace_back(make_connector()); }
    test::MemoryLog& log() { return log_; }
    base::Clock& clock() { return clock_; }
    Api& api() { return api_; }

  private:
    std::string attribute(const std::string& name) const {
        for (const auto& [known, value] : options_.attributes) {
            if (known == name) {
                return value;
            }
        }
        return "";
    }
    std::unique_ptr<SqlConnector> make_connector() {
        if (!native_) {
            return std::make_unique<OdbcConnector>(
                options_, guard_, OdbcConnector::Parts{api_, clock_, log_});
        }
        const SqlConnector::Parts parts{clock_, log_};
        if (kind_ == "sqlite") {
            native::SqliteOptions options;
            options.name = options_.name;
            options.path = attribute("Database");
            return std::make_unique<native::SqliteConnector>(options, guard_, parts);
        }
        native::MariaDbOptions options;
        options.name = options_.name;
        options.host = attribute("Server");
        options.port = std::stoi(attribute("Port"));
        options.database = attribute("Database");
        options.user = options_.user;
        options.password = options_.password;
        options.session_statements = options_.session_statements;
        return std::make_unique<native::MariaDbConnector>(options, guard_, parts);
    }

    void use_mariadb() {
        auto& server = test::MariadbServer::instance();
        name_ = server.create_database();
        options_.driver = "MariaDB Unicode";
        options_.attributes = {
            {"Server", "127.0.0.1"}, {"Port", std::to_string(server.port())}, {"Database", name_}};
        options_.user = test::MariadbServer::kUser;
        options_.password = base::Secret(test::MariadbServer::kPassword);
    }
    void use_postgres() {
        auto& server = test::PostgresServer::instance();
        name_ = server.create_database();
        options_.driver = "PostgreSQL ANSI";
        options_.attributes = {
            {"Server", "127.0.0.1"}, {"Port", std::to_string(server.port())}, {"Database", name_}};
        options_.user = test::PostgresServer::kUser;
    }
    void use_sqlite() {
        options_.driver = "SQLite3";
        options_.attributes = {{"Database", folder_.file("source.db")}};
    }

    std::string kind_;
    bool native_;
    std::string name_;
    test::TempDir folder_;
    DriverManager api_;
    base::SystemClock clock_;
    test::MemoryLog log_;
    Options options_;
    connectors::SourceGuard guard_;
    std::vector<std::unique_ptr<SqlConnector>> connectors_;
};

// A mapping's `source:` map.
class Mapping {
  public:
    Mapping(const std::string& query, std::vector<std::string> key) : key_(std::move(key)) {
        std::string text = "conn: erp\nquery: |\n  " + query + "\n";
        for (std::size_t at = 0; at < key_.size(); ++at) {
            text += (at == 0 ? "key: [" : ", ") + key_[at];
        }
        text += key_.empty() ? "" : "]\n";
        auto node = base::parse_yaml(text, "person.map.yaml");
        if (!node.ok()) {
            throw std::runtime_error(node.fault().what);
        }
        node_ = std::move(node).value();
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    const base::YamlNode& node() const { return node_; }
    connectors::ReadRequest request(std::string after = "", std::size_t block_rows = 2000) const {
        connectors::ReadRequest request;
        request.dataset = &node_;
        request.key = key_;
        request.zone = "Asia/Shanghai";
        request.after = std::move(after);
        request.block_rows = block_rows;
        return request;
    }

  private:
    std::vector<std::string> key_;
    base::YamlNode node_;
};

// What one reading gave.
struct Reading {
    std::vector<base::DescribedColumn> columns;
    Rows rows;
    std::vector<std::string> positions;   // behind each block
    std::vector<std::size_t> rows_until;  // and the rows up to there
};

inline void take_rows(const base::RawBlock& block, Rows& rows) {
    for (std::size_t row = 0; row < block.rows; ++row) {
        std::vector<Cell>& cells = rows.emplace_back();
        for (const base::RawColumn& column : block.columns) {
            cells.push_back(column.is_null(row) ? Cell() : Cell(column.cell(row)));
        }
    }
}

inline Reading read_all(connectors::Source& source) {
    Reading reading;
    reading.columns = source.columns();
    base::RawBlock block;
    while (source.read(block, std::stop_token())) {
        take_rows(block, reading.rows);
        reading.positions.push_back(block.position);
        reading.rows_until.push_back(reading.rows.size());
    }
    return reading;
}

inline Reading read_all(Database& database, const connectors::ReadRequest& request) {
    return read_all(*database.connector().open(request));
}

// The error that `act` throws; fails when there is none.
template <typename Act>
base::ConnectorError error_of(Act act) {
    try {
        act();
    } catch (const base::ConnectorError& error) {
        return error;
    }
    throw std::runtime_error("nothing was thrown");
}

}  // namespace hrbridge::odbc
