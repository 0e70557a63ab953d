#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "connectors/native/mariadb_options.h"
#include "daemon/base/error.h"

struct st_mysql;

namespace hrbridge::native {

// A logged-in connection of libmariadb. Not thread-safe but for what says so. Everything that fails
// throws base::ConnectorError.
class MariaDbWire {
  public:
    // `options` outlive it. A statement that is silent for so long is given up; 0: never.
    MariaDbWire(const MariaDbOptions& options, std::int64_t silent_s);
    MariaDbWire(const MariaDbWire&) = delete;
    MariaDbWire& operator=(const MariaDbWire&) = delete;
    ~MariaDbWire();

    st_mysql* get() const { return mysql_; }
    // Sends a statement and waits for the beginning of its answer.
    void query(std::string_view sql, std::string_view doing);
    // Of the last call.
    base::ConnectorError error(std::string_view doing) const;
    // From any thread: ends the statement that runs here, on a connection of its own; where that
    // does not work, cut().
    void kill_query() noexcept;
    // From any thread: nothing can be sent or received any more.
    void cut() noexcept;

  private:
    void set_options(std::int64_t silent_s);
    void set_tls();
    void log_in();
    void close() noexcept;
    // Until the server has ended the session, for a moment at most.
    void await_end() const noexcept;

    const MariaDbOptions& options_;
    st_mysql* mysql_;
    unsigned long thread_ = 0;  // the server's number of this connection
    int socket_ = -1;           // a duplicate of the library's
};

// The error of a failed call, with what the library says of it.
base::ConnectorError mariadb_error(const MariaDbOptions& options,
                                   std::string_view doing,
                                   const char* state,
                                   unsigned int native,
                                   const char* text);

}  // namespace hrbridge::native
