#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "tests/connectors/odbc/databases.h"
#include "tests/support/process.h"

namespace hrbridge::test {

// One row with what tools fold, cut, round or drop. Texts are bytes; absent is NULL.
struct TrapRow {
    std::string code;
    std::string a = "1";
    std::string b = "1";
    std::optional<std::string> name = "plain";
    std::optional<std::string> note = std::nullopt;
    std::optional<std::string> amount = std::nullopt;
    std::optional<std::string> day = std::nullopt;
    std::optional<std::string> raw = std::nullopt;
    std::string refused_by = {};  // the rule; empty: the row arrives
};

inline const std::vector<std::string>& trap_columns() {
    static const std::vector<std::string> kColumns{
        "code", "a", "b", "name", "note", "amount", "day", "raw"};
    return kColumns;
}

inline std::string hex_of(const std::string& bytes) {
    std::string hex;
    for (const char byte : bytes) {
        hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return hex;
}

// The table of the rows in a database of any kind, written and read by the database's own client,
// so that no driver has a hand in it.
class TrapTable {
  public:
    explicit TrapTable(odbc::Database& database)
        : database_(database), name_(database.options().attributes.back().second) {
        run("CREATE TABLE trap (code varchar(32) NOT NULL PRIMARY KEY, a varchar(20) NOT NULL, b "
            "varchar(20) NOT NULL, name varchar(200), note " +
            by_kind("longtext", "text", "text") + ", amount " +
            by_kind("decimal(38,10)", "numeric(38,10)", "text") + ", day " +
            by_kind("date", "date", "text") + ", raw " +
            by_kind("varbinary(200)", "bytea", "blob") + ")" +
            by_kind(" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "", ""));
    }

    void insert(const TrapRow& row) {
        run(fmt::format("INSERT INTO trap VALUES ({}, {}, {}, {}, {}, {}, {}, {})",
                        text(row.code),
                        text(row.a),
                        text(row.b),
                        text(row.name),
                        text(row.note),
                        plain(row.amount),
                        plain(row.day),
                        bytes(row.raw)));
    }

    // By code: each cell's bytes in hex, or "null".
    std::map<std::string, std::vector<std::string>> cells() {
        std::string wanted;
        for (const std::string& column : trap_columns()) {
            wanted += (wanted.empty() ? "" : ", ") + hex_sql(column);
        }
        std::map<std::string, std::vector<std::string>> found;
        const std::string output = run("SELECT code, " + wanted + " FROM trap");
        for (const std::string_view line : base::split(output, '\n')) {
            std::vector<std::string> cells;
            for (const std::string_view cell : base::split(line, '\t')) {
                cells.push_back(base::to_lower_ascii(cell));
            }
            if (cells.size() == trap_columns().size() + 1 && cells[0] != "code") {
                found[std::string(line.substr(0, line.find('\t')))] = {cells.begin() + 1,
                                                                       cells.end()};
            }
        }
        return found;
    }

  private:
    std::string by_kind(const char* mariadb, const char* postgres, const char* sqlite) const {
        return database_.kind() == "mariadb"    ? mariadb
               : database_.kind() == "postgres" ? postgres
                                                : sqlite;
    }

    std::string text(const std::optional<std::string>& value) const {
        if (!value) {
            return "NULL";
        }
        return fmt::format(fmt::runtime(by_kind("CONVERT(x'{}' USING utf8mb4)",
                                                "convert_from(decode('{}', 'hex'), 'UTF8')",
                                                "CAST(x'{}' AS TEXT)")),
                           hex_of(*value));
    }
    static std::string plain(const std::optional<std::string>& value) {
        return value ? "'" + *value + "'" : "NULL";
    }
    std::string bytes(const std::optional<std::string>& value) const {
        if (!value) {
            return "NULL";
        }
        return fmt::format(fmt::runtime(by_kind("x'{}'", "decode('{}', 'hex')", "x'{}'")),
                           hex_of(*value));
    }
    std::string hex_sql(const std::string& column) const {
        if (database_.kind() == "postgres" && column == "raw") {
            return "coalesce(encode(raw, 'hex'), 'null')";
        }
        return fmt::format(
            fmt::runtime(
                by_kind("CASE WHEN {0} IS NULL THEN 'null' ELSE hex(CAST({0} AS BINARY)) END",
                        "coalesce(encode(convert_to({0}::text, 'UTF8'), 'hex'), 'null')",
                        "CASE WHEN {0} IS NULL THEN 'null' ELSE hex(CAST({0} AS BLOB)) END")),
            column);
    }

    std::string run(const std::string& sql) {
        if (database_.kind() == "mariadb") {
            return MariadbServer::instance().execute(
                name_, "SET sql_mode = 'NO_ENGINE_SUBSTITUTION';\n" + sql + ";\n");
        }
        const std::string script = folder_.write("script.sql", sql + ";\n");
        const Finished done =
            database_.kind() == "postgres"
                ? test::run({{"psql",
                              "-X",
                              "-q",
                              "-A",
                              "-t",
                              "-F",
                              "\t",
                              "-v",
                              "ON_ERROR_STOP=1",
                              "-d",
                              PostgresServer::instance().connection(name_),
                              "-f",
                              script},
                             {},
                             "",
                             "",
                             ""})
                : test::run({{"sqlite3", "-bail", "-separator", "\t", name_, ".read " + script},
                             {},
                             "",
                             "",
                             ""});
        if (done.code != 0) {
            throw std::runtime_error(done.output);
        }
        return done.output;
    }

    odbc::Database& database_;
    TempDir folder_;
    std::string name_;  // of the database, or the path of its file
};

}  // namespace hrbridge::test
