#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/content_sum.h"
#include "migration/ledger/ledger.h"

// The sums over what promoted entities hold, and what the ledger is told of them.
namespace hrbridge::promotion {

// An entity's sum while a promotion or rollback changes its rows. An entity that has none yet gets
// one over all of its rows; afterwards only what is written moves it on, so that whatever was
// changed beside stays visible for good.
class Seal {
  public:
    // Rows of the entity named by the table's column row_id; `where` is about the table as a.
    struct Rows {
        std::string table;
        std::string where;
    };
    // Before anything is written: takes these rows, and their superseded versions, out of the sums.
    Seal(store::sql::Connection& live, const store::EntityTable& table, const Rows& changing);

    // Whoever writes rows adds them as they are then.
    store::ContentSum& sum() { return sum_; }
    void add(const Rows& written);
    // The superseded versions that these rows have by now.
    void add_history(const Rows& written);
    void write();
    // Each with its own entry of the ledger: of the rows, and of their superseded versions where
    // the entity keeps any.
    std::vector<store::ContentSum> sums() const;

  private:
    std::string select(store::RowImages& images, const Rows& rows) const;
    void scan_history(const Rows& rows, const std::function<void(const base::RowImage&)>& row);

    store::sql::Connection& live_;
    const store::EntityTable& table_;
    store::ContentSum sum_;
    std::optional<store::ContentSum> history_;  // none: the entity keeps no superseded versions
};

void tell_ledger(ledger::Ledger& ledger, base::Timestamp at, const store::SealedContent& content);

// For store::BatchPlan::seal_content. `keys` (nullptr: no seals) and `clock` outlive it.
std::function<void(store::sql::Connection&, const store::SealedContent&)> ledger_teller(
    const ledger::KeyRing* keys, base::Clock& clock);

}  // namespace hrbridge::promotion
