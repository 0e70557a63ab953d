#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/odbc/query.h"
#include "connectors/odbc/reading_rate.h"
#include "connectors/odbc/session.h"
#include "daemon/base/raw_block.h"
#include "daemon/base/row_hash.h"

namespace hrbridge::odbc {

// Proves of a reading in the order of a key that it skips no row where it goes on: rows are sorted
// by ORDER BY and left out by a comparison, and a source may do the two by different orders. Of the
// rows that a key's condition leaves out, the last by ORDER BY must be one that was read: then all
// of them were. One short query a page, by the key's index.
class OrderProof {
  public:
    // Outlive the proof.
    struct Parts {
        Session& session;
        const Dataset& dataset;
        const Sql& window;
        const std::vector<std::string>& key_sql;
        const std::vector<std::size_t>& key;  // indexes of the result's columns
        ReadingRate& rate;
    };
    OrderProof(const Parts& parts, std::vector<KeyValue> from);

    // Rows as they come, with those that are left out because they came before.
    void note(const base::RawBlock& block);
    bool noted_any() const { return !noted_.empty(); }
    // Whether the last row of all is among the noted ones.
    bool noted_the_last(const std::stop_token& stop);
    // Whether a row that is new to the reading (and not only to its page) is among `block`'s.
    bool brings_new(const base::RawBlock& block, const std::vector<KeyValue>& key);
    enum class Verdict {
        Holds,    // what was noted and what is behind the key are all rows
        Fails,    // rows would be skipped
        Unknown,  // nothing lies between the place where a reading was taken up again and the key
    };
    // Holds as well where the source cannot tell, because it shows no one moment.
    Verdict at(const std::vector<KeyValue>& key, const std::stop_token& stop);
    // The page behind `key` is noted next.
    void turn(const std::vector<KeyValue>& key);

  private:
    base::RowHash hash_of(const base::RawBlock& block, std::size_t row);
    std::optional<base::RowHash> last_of(const Sql& condition, const std::stop_token& stop);
    std::optional<base::RowHash> last_before(const std::vector<KeyValue>& key,
                                             bool bounded,
                                             const std::stop_token& stop);

    Parts parts_;
    std::vector<KeyValue> from_;  // of the page under way
    bool proven_;                 // that nothing was skipped before from_
    std::vector<base::RowHash> noted_;
    std::vector<base::RowHash> page_before_;
    base::RowHasher hasher_;
};

}  // namespace hrbridge::odbc
