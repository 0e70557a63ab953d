#pragma once

#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// One open change of a source's column against a mapping's contract. One is known again by mapping,
// column, kind and new type.
struct OpenDrift {
    std::string mapping;
    std::string column;  // empty: one that only the query names
    std::string kind;    // "retyped"
    std::string old_type;
    std::string new_type;
    std::string detail;         // "decimal(12,2) → double"
    std::string mapping_lines;  // "7, 12"
    std::string mapping_hash;   // of the file that has these lines
    bool stops = false;         // the mapping, otherwise it is only warned of
    base::Timestamp first_seen;
    base::Timestamp last_seen;
};

class DriftRepository {
  public:
    explicit DriftRepository(sql::Connection& connection) : connection_(connection) {}
    // A look at a source found these of the mapping, maybe beside others; their times are not
    // read: who is known stays known since when he was.
    void found(const std::string& mapping,
               const std::vector<OpenDrift>& changes,
               base::Timestamp now);
    // The look saw all columns: what it did not find is no longer open, and is returned.
    std::vector<OpenDrift> found_all(const std::string& mapping,
                                     const std::vector<OpenDrift>& changes,
                                     base::Timestamp now);
    // By mapping, then in the order in which they came.
    std::vector<OpenDrift> all();

  private:
    void see(const std::string& mapping, const OpenDrift& change, base::Timestamp now);

    sql::Connection& connection_;
};

}  // namespace hrbridge::store
