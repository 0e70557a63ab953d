#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "migration/check/check_run.h"
#include "migration/reconcile/comparison.h"

// What a comparison says: its verdicts, what it compared at which precision, and what it did not.
namespace hrbridge::reconcile {
namespace {

using Since = Findings::Since;

constexpr std::size_t kMostText = 4000;  // bytes of a list of fields

void add_name(std::string& list, const std::string& name) {
    list += (list.empty() ? "" : ", ") + name;
}

// "base_salary decimal(12,2) ← PAY decimal(18,4)"
std::string described(const engine::Mapping& mapping, const engine::FieldRule& field) {
    const std::string out = field.target + " " + base::to_string(field.type);
    if (field.value) {
        return out + " = " + *field.value;
    }
    for (const engine::ContractColumn& column : mapping.columns) {
        if (base::same_name(column.name, field.from)) {
            return fmt::format("{} ← {} {}{}",
                               out,
                               column.name,
                               column.type,
                               column.size == 0 ? ""
                               : column.scale == 0
                                   ? fmt::format("({})", column.size)
                                   : fmt::format("({},{})", column.size, column.scale));
        }
    }
    return field.from.empty() ? out : out + " ← " + field.from;
}

}  // namespace

check::Verdict Comparison::verdict(const char* rule) const {
    check::Verdict out;
    out.check = check::kReconciliation;
    out.subject = mapping_.name;
    out.rule = rule;
    return out;
}

// Columns of the entity that a mapping of this rehearsal fills.
std::set<std::string> Comparison::filled() const {
    std::set<std::string> names;
    for (const engine::Mapping* const each : parts_.mappings) {
        for (const engine::FieldRule& field : each->fields) {
            if (each->entity == mapping_.entity && field.stored) {
                names.insert(field.target);
            }
        }
    }
    return names;
}

// Lists of names alone: what is said of them is a catalogue's.
std::map<std::string, std::string> Comparison::compared_fields() const {
    std::map<std::string, std::string> out;
    for (const engine::FieldRule* const field : target_.fields()) {
        add_name(out["fields"], described(mapping_, *field));
        if (target_.entity().need(field->target).sealed) {
            add_name(out["sealed"], field->target);
        }
    }
    const std::set<std::string> names = filled();
    for (const store::EntityColumn& column : target_.entity().table().columns) {
        if (!names.contains(column.name)) {
            add_name(out[column.not_null ? "unfilled" : "empty"], column.name);
        }
    }
    for (const engine::FieldRule& field : mapping_.fields) {
        if (!field.stored) {
            add_name(out["not_stored"], field.target);
        }
    }
    for (const engine::ContractColumn& column : mapping_.columns) {
        const bool read =
            std::any_of(mapping_.fields.begin(), mapping_.fields.end(), [&](const auto& field) {
                return base::same_name(field.from, column.name);
            });
        if (!read) {
            add_name(out["unread"], column.name);
        }
    }
    return out;
}

check::Note Comparison::compared_note() const {
    auto values = compared_fields();
    for (const char* const name :
         {"fields", "sealed", "empty", "unfilled", "not_stored", "unread"}) {
        std::string& list = values[name];
        list = list.empty() ? "–" : base::shorten(list, kMostText);
    }
    if (mode_ == Mode::Quick) {
        return {"reconciled_quick", std::move(values)};
    }
    return {has_watermark() ? "reconciled" : "reconciled_untimed", std::move(values)};
}

// Without a second reading of the source a difference is one, but no difference says nothing of the
// way from the source to the load.
ledger::Outcome Comparison::content_outcome() const {
    return findings_.rows(Since::Load) > 0 ? ledger::Outcome::Fail
           : mode_ == Mode::Quick          ? ledger::Outcome::NotChecked
                                           : ledger::Outcome::Pass;
}

check::Verdict Comparison::content_verdict() {
    check::Verdict out = verdict(kContent);
    out.why = compared_note();
    out.failed = findings_.rows(Since::Load);
    out.outcome = content_outcome();
    out.examined = scanned_.rows;
    out.where = findings_.take(Since::Load);
    out.figures = {{"store_rows", scanned_.rows},
                   {"differences", differences_},
                   {"quick", mode_ == Mode::Quick ? 1 : 0}};
    if (mode_ == Mode::Full) {
        out.figures["source_rows"] = rows_read_;
        out.figures["extra"] = extra_;
        out.figures["unkeyed"] = unkeyed_;
        out.figures["moved"] = findings_.rows(Since::Moved);
    } else {
        out.figures["without_parent"] = scanned_.without_parent;
    }
    const auto open = connection_->query(
        "SELECT count(*) FROM reject WHERE mapping = $1 AND state = 'open'", {mapping_.name});
    open->next();
    out.figures["open_rejects"] = open->integer(0);
    if (out.failed > 0) {
        out.next = {"next_reconcile", {}};
    } else if (mode_ == Mode::Quick) {
        out.next = {"next_quick", {}};
    }
    return out;
}

std::optional<check::Verdict> Comparison::moved_verdict() {
    const std::int64_t moved = findings_.rows(Since::Moved);
    if (mode_ == Mode::Quick || (!has_watermark() && moved == 0)) {
        return std::nullopt;
    }
    check::Verdict out = verdict(kMoved);
    out.examined = scanned_.rows;
    out.failed = moved;
    out.where = findings_.take(Since::Moved);
    out.outcome = moved == 0 ? ledger::Outcome::Pass : ledger::Outcome::NotChecked;
    out.why = {moved == 0 ? "moved_none" : check::kMovedSome,
               {{"column", mapping_.sync.window_by}, {"rows", std::to_string(moved)}}};
    if (moved > 0) {
        out.next = {"next_moved", {}};
    }
    return out;
}

std::optional<check::Verdict> Comparison::repeated_verdict() {
    if (mode_ == Mode::Quick) {
        return std::nullopt;
    }
    check::Verdict out = verdict(kRepeated);
    out.examined = rows_read_;
    out.failed = repeated_;
    out.outcome = repeated_ == 0 ? ledger::Outcome::Pass : ledger::Outcome::Fail;
    out.why = {repeated_ == 0 ? "repeated_none" : "repeated_some",
               {{"rows", std::to_string(repeated_)}, {"equal", std::to_string(equal_)}}};
    for (const TargetCells& row : target_.fetch(kept_)) {
        check::Located where;
        where.entity = mapping_.entity;
        where.key = target_.shown_key(row.key);
        where.note = {"row_kept", {}};
        out.where.push_back(std::move(where));
    }
    if (repeated_ > 0) {
        out.next = {"next_repeated", {}};
    }
    return out;
}

// What no mapping fills is empty in a store that only they have filled.
void Comparison::name_unmapped() {
    if (claims_.shared() && !claims_.is_ours(0)) {
        return;  // the entity's first mapping looks
    }
    const std::set<std::string> names = filled();
    for (const store::EntityColumn& column : target_.entity().table().columns) {
        if (column.not_null || names.contains(column.name)) {
            continue;
        }
        std::vector<std::int64_t> ids;
        std::int64_t filled_rows = 0;
        {
            const auto rows = connection_->query(
                fmt::format(
                    "SELECT id FROM {} WHERE gone_at IS NULL AND {} IS NOT NULL ORDER BY id",
                    check::as_name(mapping_.entity),
                    check::as_name(column.name)),
                {});
            for (; rows->next(); ++filled_rows) {
                if (ids.size() < parts_.listed) {
                    ids.push_back(rows->integer(0));
                }
            }
        }
        const auto named = target_.fetch(ids);
        for (const TargetCells& row : named) {
            findings_.field(row.key, column.name, {"unmapped_value", {}}, Since::Load);
        }
        findings_.more(filled_rows - static_cast<std::int64_t>(named.size()), Since::Load);
    }
}

}  // namespace hrbridge::reconcile
