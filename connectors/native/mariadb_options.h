#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/secret.h"

namespace hrbridge::native {

// The server's certificate is always verified, and must be of `host`.
struct MariaDbTls {
    std::string ca_file;      // PEM; empty: the system's authorities
    std::string certificate;  // PEM of the client; empty: none
    std::string key;
};

// One MariaDB or MySQL source as configured. Give a host or a socket.
struct MariaDbOptions {
    std::string name;  // the source's name in the configuration, for errors and logs
    std::string host;
    std::int64_t port = 3306;
    std::string socket;  // path
    std::string database;
    std::string user;
    base::Secret password;
    std::optional<MariaDbTls> tls;  // absent: plain
    std::int64_t login_timeout_s = 15;
    // Statements run after login, e.g. "SET character_set_results = NULL".
    std::vector<std::string> session_statements;
    // Replaces the dialect's: one row, one column, UTC as "YYYY-MM-DD HH:MM:SS.ffffff".
    std::string now_query;
};

// Faults of the settings, all of them. No text holds a value.
base::Faults check_options(const MariaDbOptions& options);

}  // namespace hrbridge::native
