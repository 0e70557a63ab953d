#include "migration/ledger/entry_reader.h"

#include <limits>
#include <string_view>

namespace hrbridge::ledger {
namespace {

namespace sql = store::sql;

constexpr std::size_t kPageRows = 200;

// SQLite keeps any type in any column: numbers are taken only when they are some, texts byte by
// byte. What is longer than an entry can be is cut and no longer fits its hash.
constexpr std::string_view kSqlitePage =
    "SELECT CASE typeof(seq) WHEN 'integer' THEN seq END, "
    "CASE typeof(form) WHEN 'integer' THEN form END, "
    "CASE typeof(at) WHEN 'integer' THEN at END, "
    "substr(CAST(kind AS BLOB), 1, 1024), substr(CAST(subject AS BLOB), 1, 1024), "
    "substr(CAST(actor AS BLOB), 1, 1024), substr(CAST(body AS BLOB), 1, 20000), "
    "substr(CAST(prev_hash AS BLOB), 1, 128), substr(CAST(hash AS BLOB), 1, 128), "
    "substr(CAST(seal AS BLOB), 1, 128), substr(CAST(signature AS BLOB), 1, 128) "
    "FROM ledger_entry WHERE seq >= $1 ORDER BY seq LIMIT 200";
constexpr std::string_view kPostgresPage =
    "SELECT seq, form, CASE WHEN isfinite(at) THEN at END, left(kind, 1024), left(subject, 1024), "
    "left(actor, 1024), left(body, 20000), substring(prev_hash, 1, 128), substring(hash, 1, 128), "
    "substring(seal, 1, 128), substring(signature, 1, 128) "
    "FROM ledger_entry WHERE seq >= $1 ORDER BY seq LIMIT 200";

// Reads one row's cells in turn and remembers the first that is not of its type.
class Cells {
  public:
    Cells(const sql::Rows& rows, std::string& unreadable) : rows_(rows), unreadable_(unreadable) {}

    std::optional<std::int64_t> number(const char* name) {
        const base::Value value = rows_.value(column_++);
        if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
            return *integer;
        }
        if (const auto* const time = std::get_if<base::Timestamp>(&value)) {
            return time->time_since_epoch().count();
        }
        refuse(name);
        return std::nullopt;
    }
    std::optional<std::string> bytes() {
        base::Value value = rows_.value(column_++);
        if (auto* const text = std::get_if<std::string>(&value)) {
            return std::move(*text);
        }
        if (auto* const bytes = std::get_if<base::Bytes>(&value)) {
            return std::move(bytes->data);
        }
        return std::nullopt;
    }
    std::string bytes(const char* name) {
        auto found = bytes();
        if (!found) {
            refuse(name);
        }
        return found.value_or("");
    }

  private:
    void refuse(const char* name) {
        if (unreadable_.empty()) {
            unreadable_ = name;
        }
    }

    const sql::Rows& rows_;
    std::string& unreadable_;
    int column_ = 0;
};

StoredEntry read(const sql::Rows& rows) {
    StoredEntry entry;
    Cells cells(rows, entry.unreadable);
    entry.sequence = cells.number("seq");
    entry.form = cells.number("form").value_or(0);
    entry.at = cells.number("at").value_or(0);
    entry.kind = cells.bytes("kind");
    entry.subject = cells.bytes("subject");
    entry.actor = cells.bytes("actor");
    entry.body = cells.bytes("body");
    entry.previous = cells.bytes("prev_hash");
    entry.hash = cells.bytes("hash");
    entry.seal = cells.bytes();
    entry.signature = cells.bytes();
    return entry;
}

}  // namespace

void EntryReader::read_page() {
    constexpr std::int64_t kGreatest = std::numeric_limits<std::int64_t>::max();
    page_.clear();
    used_ = 0;
    if (last_ == kGreatest) {
        done_ = true;
        return;
    }
    const auto rows = connection_.query(
        connection_.dialect() == sql::Dialect::Sqlite ? kSqlitePage : kPostgresPage,
        {last_ ? *last_ + 1 : std::numeric_limits<std::int64_t>::min()});
    while (rows->next()) {
        page_.push_back(read(*rows));
    }
    // Sequences that are no numbers sort last and cannot be asked behind.
    done_ = page_.size() < kPageRows || !page_.back().sequence;
    if (!page_.empty() && page_.back().sequence) {
        last_ = page_.back().sequence;
    }
}

const StoredEntry* EntryReader::next() {
    if (used_ == page_.size() && !done_) {
        read_page();
    }
    return used_ == page_.size() ? nullptr : &page_[used_++];
}

}  // namespace hrbridge::ledger
