#include "migration/promotion/proof.h"

#include <optional>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/content_sum.h"
#include "migration/promotion/record.h"
#include "migration/promotion/texts.h"

namespace hrbridge::promotion {
namespace {

constexpr std::size_t kRowsNamed = 20;

// Rows that the entity's newest standing promotion wrote, that nothing claims to have written since
// and that are not as it left them.
void name_rows(const store::EntityTable& table,
               const std::vector<std::string>& columns,
               const std::string& name,
               std::int64_t entry,
               const ledger::ProofContext& context) {
    for (const Promoted& promoted : standing_promotions(context.connection)) {
        const Promoted::Entity* const found = promoted.find(table.name);
        if (found == nullptr || promoted.forgotten) {
            continue;
        }
        store::RowImages images(context.connection, table, columns);
        std::size_t named = 0;
        images.scan(
            fmt::format("SELECT {}, p.image FROM promotion_row p JOIN {} t ON t.id = "
                        "p.row_id WHERE p.promotion_id = {} AND p.place = {} AND p.act "
                        "<> 3 AND t.batch_id <= {} ORDER BY t.id",
                        images.columns("t"),
                        table.name,
                        promoted.id,
                        found->place,
                        promoted.last_batch),
            base::Kind::Bytes,
            [&](const store::RowImages::Row& row, const store::sql::ScanCell& was) {
                if (named < kRowsNamed && row.image.digest() != was.bytes) {
                    ++named;
                    context.findings.add(
                        name,
                        entry,
                        {"row_changed", {{"entity", table.name}, {"row", std::to_string(row.id)}}});
                }
            });
        return;
    }
}

// What a sum is over: an entity's rows or their superseded versions.
struct Summed {
    store::EntityTable table;
    bool history = false;

    store::ContentSum now(store::sql::Connection& connection,
                          const std::vector<std::string>& columns) const {
        return history ? store::compute_history_sum(connection, table, columns)
                       : store::compute_content_sum(connection, table, columns);
    }
};

std::optional<Summed> summed(store::sql::Connection& connection, const std::string& name) {
    for (store::EntityTable& each : store::entity_tables(connection)) {
        const bool history = each.has_history && store::history_of(each.name) == name;
        if (history || each.name == name) {
            return Summed{std::move(each), history};
        }
    }
    return std::nullopt;
}

}  // namespace

void RecordProof::take(const ledger::Entry& entry, const ledger::ProofContext& /*context*/) {
    if (const auto* const body = std::get_if<ledger::Promotion>(&entry.body)) {
        told_.push_back({entry.sequence, entry.subject, entry.at, *body, false});
    } else if (const auto* const rollback = std::get_if<ledger::Rollback>(&entry.body)) {
        for (Told& each : told_) {
            each.undone |= each.entry == rollback->promotion;
        }
    }
}

void RecordProof::look(const Told& told, const ledger::ProofContext& context) {
    const auto finding = [&](const char* code) {
        context.findings.add(name(), told.entry, {code, {{"module", told.module}}});
    };
    const auto kept = promotion_of_entry(context.connection, told.entry);
    if (!kept || kept->module != told.module) {
        finding("promotion_missing");
        return;
    }
    if (kept->state != (told.undone ? "rolled_back" : "promoted")) {
        finding("state_changed");
    }
    if (told.body.list && told.body.list != list_digest(context.connection, kept->id)) {
        finding("list_differs");
    }
    if (kept->forgotten) {
        const bool over = clock_.now().time_since_epoch().count() > told.body.rollback_until;
        ++forgotten_;
        if (!over) {
            finding("forgotten_early");
        }
        return;
    }
    try {
        if (record_digest(context.connection, kept->id) != told.body.before) {
            finding("record_differs");
        }
        if (checkpoints_digest(context.connection, kept->id) != told.body.checkpoints) {
            finding("checkpoints_differ");
        }
    } catch (const base::StoreError&) {
        finding("record_differs");
    }
}

ledger::CheckResult RecordProof::finish(const ledger::ProofContext& context) {
    for (const Told& told : told_) {
        look(told, context);
    }
    const auto examined = static_cast<std::int64_t>(told_.size());
    return {name(),
            ledger::Outcome::Pass,
            examined,
            {context.findings.count(name()) == 0 ? "promotions_pass" : "promotions_fail",
             {{"examined", std::to_string(examined)},
              {"forgotten", std::to_string(forgotten_)},
              {"found", std::to_string(context.findings.count(name()))}}}};
}

std::string RecordProof::text(const std::string& language, const ledger::Note& note) const {
    return promotion::text(language, note);
}

void SumProof::take(const ledger::Entry& entry, const ledger::ProofContext& /*context*/) {
    if (const auto* const batch = std::get_if<ledger::Batch>(&entry.body)) {
        told_[entry.subject] = {entry.sequence, batch->content_root};
    }
}

std::int64_t SumProof::look(const std::string& entity,
                            const Told& told,
                            const ledger::ProofContext& context) {
    const auto finding = [&](const char* code) {
        context.findings.add(name(), told.entry, {code, {{"entity", entity}}});
    };
    const auto over = summed(context.connection, entity);
    if (!over) {
        finding("entity_missing");
        return 0;
    }
    try {
        const auto kept = store::read_content_sum(context.connection, entity, false);
        if (!kept) {
            finding("sum_missing");
            return 0;
        }
        if (kept->digest() != told.root.view()) {
            finding("sum_differs");
        }
        const store::ContentSum now = over->now(context.connection, kept->columns);
        if (now.digest() != told.root.view()) {
            finding("content_differs");
            if (!over->history) {
                name_rows(over->table, kept->columns, name(), told.entry, context);
            }
        }
        return now.rows;
    } catch (const base::StoreError&) {
        finding("sum_differs");
        return 0;
    }
}

ledger::CheckResult SumProof::finish(const ledger::ProofContext& context) {
    std::int64_t rows = 0;
    std::size_t entities = told_.size();
    for (const store::EntityTable& each : store::entity_tables(context.connection)) {
        entities -= each.has_history ? told_.count(store::history_of(each.name)) : 0;
    }
    for (const auto& [entity, told] : told_) {
        rows += look(entity, told, context);
    }
    return {name(),
            ledger::Outcome::Pass,
            rows,
            {context.findings.count(name()) == 0 ? "content_pass" : "content_fail",
             {{"entities", std::to_string(entities)},
              {"examined", std::to_string(rows)},
              {"found", std::to_string(context.findings.count(name()))}}}};
}

std::string SumProof::text(const std::string& language, const ledger::Note& note) const {
    return promotion::text(language, note);
}

}  // namespace hrbridge::promotion
