#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/secret.h"

namespace hrbridge::odbc {

// Connection string attributes in order: {"Server", "erp.example"}.
using Attributes = std::vector<std::pair<std::string, std::string>>;

// One ODBC source as configured. Give a DSN or a driver.
struct Options {
    std::string name;       // the source's name in the configuration, for errors and logs
    std::string dsn;        // a data source of odbc.ini
    std::string driver;     // or a driver of odbcinst.ini
    Attributes attributes;  // Server, Port, Database … as the driver names them
    std::string user;
    base::Secret password;
    std::string dialect = "auto";  // mariadb, postgres, sqlite, sqlserver, oracle, generic
    std::int64_t login_timeout_s = 15;
    // Statements run after login, e.g. "SET character_set_results = NULL".
    std::vector<std::string> session_statements;
    // Replaces the dialect's: one row, one column, UTC as "YYYY-MM-DD HH:MM:SS.ffffff".
    std::string now_query;
};

}  // namespace hrbridge::odbc
