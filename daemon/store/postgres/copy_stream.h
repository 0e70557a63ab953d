#pragma once

#include <span>
#include <string>
#include <string_view>

#include "daemon/base/batch.h"
#include "daemon/store/postgres/copy_encoder.h"

struct pg_conn;

namespace hrbridge::store::postgres {

// One COPY … FROM STDIN (FORMAT binary) of a connection. It stays open from one block of rows to
// the next, so that the server works on these while the caller makes those. Does not own the
// connection.
class CopyStream {
  public:
    explicit CopyStream(pg_conn* connection) : connection_(connection) {}

    bool is_open() const { return !statement_.empty(); }
    // Whether rows of these columns for this table can go on in the open stream.
    bool takes(std::string_view table, std::span<const base::Column* const> columns) const;
    // Throws base::StoreError; then nothing is open.
    void open(std::string_view table, std::span<const base::Column* const> columns);
    void send(std::span<const base::Column* const> columns);
    // Sends the end; the caller reads the server's answer, which says whether all rows were taken.
    void end();
    // Has the server forget the stream's rows; the transaction has failed then.
    void give_up() noexcept;

  private:
    void send_buffered();

    pg_conn* connection_;
    CopyEncoder encoder_;
    std::string statement_;  // empty: not open
};

}  // namespace hrbridge::store::postgres
