#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/model/terminals.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// What attendance terminals pushed. Throws StoreError.
class TerminalInbox {
  public:
    explicit TerminalInbox(sql::Connection& connection) : connection_(connection) {}

    struct Added {
        std::int64_t kept = 0;      // the other records were there already
        std::int64_t ahead = 0;     // of those kept
        std::int64_t problems = 0;  // of those kept
    };
    // Keeps an upload and the terminal's stamp in one transaction of its own. Uploads commit one
    // behind another, so that a reader who has seen an id never misses a smaller one. When other
    // writers hold the store for longer than `patience` it throws StoreError(Retry).
    Added add(const model::TerminalUpload& upload,
              const base::SealKeys& keys,
              std::chrono::milliseconds patience);
    // Notes that a terminal was there, in a transaction of its own, as add() does.
    void touch(const model::TerminalUpload& contact, std::chrono::milliseconds patience);
    std::optional<std::string> stamp(const std::string& serial);
    // By source and serial.
    std::vector<model::Terminal> terminals();
    // The greatest id of a source; 0: none.
    std::int64_t newest(const std::string& source);
    // At most `limit` records of a source with ids in (behind, until], by id. Throws
    // StoreError(Stop) when a line opens with none of the keys.
    std::vector<model::TerminalRecord> read(const std::string& source,
                                            std::int64_t behind,
                                            std::int64_t until,
                                            std::size_t limit,
                                            const base::SealKeys& keys);
    // Deletes records that came before `before`, but never the newest, since SQLite would give its
    // id again; gives the number.
    std::int64_t purge(base::Timestamp before);

  private:
    void note_contact(const model::TerminalUpload& contact, const Added* added);

    sql::Connection& connection_;
};

}  // namespace hrbridge::store
