#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "migration/ledger/key_ring.h"
#include "migration/spot_check/draws.h"
#include "migration/spot_check/sheet.h"

namespace hrbridge::spot_check {

// How far a sheet is.
struct Progress {
    DrawRecord draw;
    std::int64_t rows = 0;
    std::int64_t judged = 0;
    std::int64_t next = 0;  // the first place without a verdict; 0: none
};

// A value as a checker may see it now.
struct ShownValue {
    std::string text;
    bool null = false;
    bool masked = false;
};
struct ShownCell {
    std::string column;
    ShownValue value;
};
struct ShownField {
    std::string name;
    bool key = false;
    bool critical = false;
    bool masked = false;  // something of it can be revealed
    ShownValue target;
    std::vector<ShownCell> source;  // the columns that the mapping takes for it
};

// A row as a page or a file shows it: the same for each kind of row.
struct ShownRow {
    std::int64_t place = 0;
    std::string entity;
    std::string mapping;
    std::string key;
    std::vector<ShownField> fields;
    std::vector<ShownField> others;  // columns that no field takes, each one's `source` alone
    bool in_source = true;
    std::int64_t source_rows = 1;
    std::string changed;  // when the source says that it changed the row after the load
    bool second = false;  // the critical fields are to be judged a second time
    std::optional<Judgement> judgement;
};
ShownRow shown(const SheetRow& row, const std::set<std::string>& revealed);

enum class Judged {
    Kept,
    Second,     // kept as the first entry: the critical fields are judged once more
    Differs,    // the second entry said something else; both are recorded, judge anew
    NoField,    // wrong, but no field of the row was named
    Another,    // this account called it wrong: only another person takes that back
    Fixed,      // the first sheet is complete, and this row is of it
    NoSuchRow,  // or the draw is not open
};

// Where checkers work. A connection of its own for each call, so that it may be used by several
// threads. Throws base::StoreError.
class Desk {
  public:
    // All outlive it.
    Desk(store::Store& live,
         const base::SealKeys& keys,
         const ledger::KeyRing* ledger_keys,
         base::Clock& clock)
        : live_(live), keys_(keys), ledger_keys_(ledger_keys), clock_(clock) {}

    std::vector<Progress> open_draws();
    std::optional<Progress> progress(std::int64_t draw);
    // The first place behind this one without a verdict, or before it; nullopt: all are judged.
    std::optional<std::int64_t> next_open(std::int64_t draw, std::int64_t after);
    // For this account; its time runs from here.
    std::optional<ShownRow> show(std::int64_t draw, std::int64_t place, const std::string& account);
    // A "right" for a row with critical fields waits for its second entry by the same account.
    Judged judge(std::int64_t draw,
                 std::int64_t place,
                 RowVerdict verdict,
                 const std::vector<std::string>& fields,
                 const std::string& account);
    // Unmasks a field, or all that are masked (empty); each is an entry of the ledger. False where
    // there is no such row or field.
    bool reveal(std::int64_t draw,
                std::int64_t place,
                const std::string& field,
                const std::string& account);

  private:
    store::Store& live_;
    const base::SealKeys& keys_;
    const ledger::KeyRing* ledger_keys_;
    base::Clock& clock_;
};

// Records that fields of these rows were unmasked, on the sheet and in the ledger. In the caller's
// transaction, whose last act it is.
void record_reveals(store::sql::Connection& live,
                    const base::SealKeys& keys,
                    const ledger::KeyRing* ledger_keys,
                    const DrawRecord& draw,
                    const std::vector<std::pair<const SheetRow*, std::string>>& reveals,
                    const std::string& account,
                    base::Timestamp at);
// The names by which a row's masked values are revealed.
std::vector<std::string> masked_names(const RowContent& content);

}  // namespace hrbridge::spot_check
