#include "migration/check/verdict.h"

#include "daemon/base/row_hash.h"

namespace hrbridge::check {
namespace {

void add(base::RowHasher& cells, const Note& note) {
    cells.add_text(note.code);
    cells.add_int(static_cast<std::int64_t>(note.values.size()));
    for (const auto& [name, value] : note.values) {
        cells.add_text(name);
        cells.add_text(value);
    }
}

void add(base::RowHasher& cells, const Located& row) {
    cells.add_text(row.entity);
    cells.add_text(row.key);
    cells.add_text(row.field);
    if (row.value) {
        cells.add_text(*row.value);
    } else {
        cells.add_null();
    }
    add(cells, row.note);
}

}  // namespace

ledger::Digest digest(const Verdict& verdict) {
    base::RowHasher cells;
    cells.add_text("hrbridge verdict 1");
    cells.add_text(verdict.check);
    cells.add_text(verdict.subject);
    cells.add_text(verdict.rule);
    cells.add_text(ledger::to_string(verdict.outcome));
    add(cells, verdict.why);
    cells.add_text(verdict.say);
    cells.add_int(verdict.examined);
    cells.add_int(verdict.failed);
    cells.add_int(static_cast<std::int64_t>(verdict.figures.size()));
    for (const auto& [name, number] : verdict.figures) {
        cells.add_text(name);
        cells.add_int(number);
    }
    cells.add_int(static_cast<std::int64_t>(verdict.where.size()));
    for (const Located& row : verdict.where) {
        add(cells, row);
    }
    add(cells, verdict.next);
    return ledger::Digest::sha256_of(cells.canonical());
}

}  // namespace hrbridge::check
