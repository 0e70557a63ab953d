#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/sql.h"

namespace hrbridge::ledger {

// A row of the ledger as it is stored, which may be anything by now. A column that holds no value
// of its type is named in `unreadable`; texts need not be UTF-8 and hashes may have any size.
struct StoredEntry {
    std::optional<std::int64_t> sequence;
    std::int64_t form = 0;
    std::int64_t at = 0;  // microseconds since 1970-01-01 UTC
    std::string kind;
    std::string subject;
    std::string actor;
    std::string body;
    std::string previous;
    std::string hash;
    std::optional<std::string> seal;
    std::optional<std::string> signature;
    std::string unreadable;  // the first such column; empty: none
};

// All rows by their sequence, a page at a time: memory does not grow with the ledger, nor with a
// cell that somebody blew up. Other statements of the connection may run in between.
class EntryReader {
  public:
    explicit EntryReader(store::sql::Connection& connection) : connection_(connection) {}
    // nullptr behind the last one; valid until the next call.
    const StoredEntry* next();

  private:
    void read_page();

    store::sql::Connection& connection_;
    std::vector<StoredEntry> page_;
    std::size_t used_ = 0;
    std::optional<std::int64_t> last_;
    bool done_ = false;
};

}  // namespace hrbridge::ledger
