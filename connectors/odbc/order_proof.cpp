#include "connectors/odbc/order_proof.h"

#include <algorithm>
#include <utility>

#include "connectors/odbc/layout.h"

namespace hrbridge::odbc {
namespace {

constexpr std::size_t kRowBytes = 1U << 20U;

// One or two hashes are looked for in a page: going through it takes less than sorting it.
bool has(const std::vector<base::RowHash>& page, const base::RowHash& hash) {
    return std::find(page.begin(), page.end(), hash) != page.end();
}

}  // namespace

OrderProof::OrderProof(const Parts& parts, std::vector<KeyValue> from)
    : parts_(parts), from_(std::move(from)), proven_(from_.empty()) {}

base::RowHash OrderProof::hash_of(const base::RawBlock& block, std::size_t row) {
    for (const std::size_t at : parts_.key) {
        const base::RawColumn& column = block.columns[at];
        if (column.has_bytes(row)) {
            hasher_.add_bytes(column.cell(row));
        } else {
            hasher_.add_null();
        }
    }
    return hasher_.finish();
}

void OrderProof::note(const base::RawBlock& block) {
    for (std::size_t row = 0; row < block.rows; ++row) {
        noted_.push_back(hash_of(block, row));
    }
}

bool OrderProof::brings_new(const base::RawBlock& block, const std::vector<KeyValue>& key) {
    const auto is_key = [&](std::size_t row) {
        for (std::size_t at = 0; at < key.size(); ++at) {
            const base::RawColumn& column = block.columns[parts_.key[at]];
            const bool null = key[at].kind == KeyValue::Kind::Null;
            if (column.is_null(row) != null || (!null && column.cell(row) != key[at].value)) {
                return false;
            }
        }
        return true;
    };
    for (std::size_t row = 0; row < block.rows; ++row) {
        // Of the key itself the rows that were read are known, each by all of its cells.
        if (is_key(row) || !has(page_before_, hash_of(block, row))) {
            return true;
        }
    }
    return false;
}

std::optional<base::RowHash> OrderProof::last_of(const Sql& condition,
                                                 const std::stop_token& stop) {
    const Dialect& dialect = parts_.session.dialect;
    parts_.rate.count(1);
    Statement statement(*parts_.session.connection);
    const std::stop_callback cancel(stop, [&statement] { statement.cancel(); });
    statement.prepare(parts_.dataset.query.render(
        parts_.window, condition, reverse_order_clause(parts_.key_sql) + limit_clause(dialect, 1)));
    statement.execute();
    const Layout layout = plan_layout(statement, dialect);
    base::RawBlock block;
    if (!statement.fetcher(layout)->fetch(block, {1, kRowBytes}) || block.rows == 0) {
        return std::nullopt;
    }
    statement.reset();
    return hash_of(block, 0);
}

std::optional<base::RowHash> OrderProof::last_before(const std::vector<KeyValue>& key,
                                                     bool bounded,
                                                     const std::stop_token& stop) {
    const Dialect& dialect = parts_.session.dialect;
    const Sql before = before_condition(dialect, parts_.key_sql, key);
    if (!bounded) {
        return last_of(before, stop);
    }
    Sql both = page_condition(dialect, parts_.key_sql, from_);
    both.text = "(" + both.text + " AND " + before.text + ")";
    both.parameters.insert(
        both.parameters.end(), before.parameters.begin(), before.parameters.end());
    return last_of(both, stop);
}

bool OrderProof::noted_the_last(const std::stop_token& stop) {
    const auto last = last_of({"1=1", {}}, stop);
    return last && has(noted_, *last);
}

OrderProof::Verdict OrderProof::at(const std::vector<KeyValue>& key, const std::stop_token& stop) {
    const Dialect& dialect = parts_.session.dialect;
    if (!dialect.one_snapshot || dialect.limit.empty()) {
        return Verdict::Holds;
    }
    const bool bounded = proven_ && !from_.empty();
    const auto last = last_before(key, bounded, stop);
    if (!last || has(noted_, *last)) {
        proven_ = true;
        return Verdict::Holds;
    }
    // The last one before here may be one that an older reading read.
    const bool unknown = !bounded && !from_.empty() && !last_before(key, true, stop);
    return unknown ? Verdict::Unknown : Verdict::Fails;
}

void OrderProof::turn(const std::vector<KeyValue>& key) {
    from_ = key;
    page_before_ = std::move(noted_);
    noted_.clear();
}

}  // namespace hrbridge::odbc
