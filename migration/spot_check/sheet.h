#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/base/time.h"
#include "daemon/store/sql.h"
#include "migration/spot_check/row_content.h"

// The sheet of a draw as the live store keeps it.
namespace hrbridge::spot_check {

enum class RowVerdict {
    Right,
    Wrong,
    SourceChanged,  // the source's row is another one by now
    CannotTell,
    Differs,  // no verdict: the two entries of critical fields said different things
};
std::string_view to_string(RowVerdict verdict);  // "source_changed"
std::optional<RowVerdict> row_verdict_from(std::string_view name);

struct Judgement {
    RowVerdict verdict = RowVerdict::Right;
    std::vector<std::string> fields;  // of Wrong: those that are
    std::string account;
    std::string way;  // web, xlsx
    base::Timestamp at;
    std::optional<std::int64_t> milliseconds;  // since the row was shown; nullopt: nobody knows
};

struct SheetRow {
    std::int64_t place = 0;  // from 1
    RowContent content;
    std::optional<base::Timestamp> shown_at;
    std::string first;  // account whose first entry waits for the second; empty: none
    std::optional<Judgement> judgement;  // the newest, unless it says Differs
    std::optional<Judgement> latest;     // the newest that does not say Differs
    std::set<std::string> judges;        // all accounts that have judged it
    std::set<std::string> wrong_by;      // those that have judged it as wrong
    std::int64_t overturned = 0;         // judgements whose place another one took

    bool is_judged() const { return judgement.has_value(); }
    // A difference counts against the migration unless the source itself shows that it is younger.
    bool counts_as_wrong(const Judgement& said) const;
    // Whether it needs another person to say this: who called a row wrong may name more of its
    // fields, but takes nothing back.
    bool needs_another(RowVerdict verdict,
                       const std::vector<std::string>& fields,
                       const std::string& account) const;
};

class Sheet {
  public:
    // `live` and `keys` outlive it.
    Sheet(store::sql::Connection& live, const base::SealKeys& keys, std::int64_t draw)
        : live_(live), keys_(keys), draw_(draw) {}

    // Adds rows behind those that there are. In the caller's transaction.
    void add(const std::vector<RowContent>& rows);
    std::int64_t rows();
    std::int64_t judged();
    // The first place behind `after` without a verdict.
    std::optional<std::int64_t> next_open(std::int64_t after);
    // Throws base::StoreError (Stop) where a row cannot be opened.
    std::optional<SheetRow> find(std::int64_t place);
    std::vector<SheetRow> all();

    void set_shown(std::int64_t place, base::Timestamp at);
    void set_first(std::int64_t place, const std::string& account);  // empty: none
    // Ends the row's first entry and its time.
    void judge(std::int64_t place, const Judgement& judgement);
    void reveal(std::int64_t place,
                const std::string& field,
                const std::string& account,
                base::Timestamp at);
    // What this account had unmasked of the row since its last judgement.
    std::set<std::string> revealed(std::int64_t place, const std::string& account);
    std::int64_t reveals();      // of the whole sheet, ever
    std::int64_t differences();  // times that two entries said different things

  private:
    std::string seal_place(std::int64_t place) const;
    RowContent opened(std::int64_t place, const std::string& sealed) const;
    std::vector<SheetRow> read(std::int64_t place);

    store::sql::Connection& live_;
    const base::SealKeys& keys_;
    std::int64_t draw_;
};

}  // namespace hrbridge::spot_check
