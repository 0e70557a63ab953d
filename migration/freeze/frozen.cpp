#include <algorithm>
#include <numeric>

#include "daemon/base/error.h"
#include "daemon/base/row_hash.h"
#include "migration/check/check_run.h"
#include "migration/freeze/freeze.h"
#include "migration/ledger/lookup.h"

namespace hrbridge::freeze {
namespace {

bool counts(const check::Verdict& verdict) {
    return verdict.check == check::kFormat || verdict.check == check::kLogic ||
           verdict.check == check::kReconciliation;
}

void add(base::RowHasher& row, const check::Verdict& verdict) {
    row.add_text(verdict.check);
    row.add_text(verdict.subject);
    row.add_text(verdict.rule);
    row.add_bytes(check::digest(verdict).view());
}

}  // namespace

std::int64_t Frozen::rows() const {
    return std::accumulate(
        entities.begin(),
        entities.end(),
        std::int64_t{0},
        [](std::int64_t sum, const rehearsal::EntityContent& each) { return sum + each.rows; });
}

std::optional<Frozen> frozen(store::sql::Connection& live,
                             const std::string& module,
                             std::int64_t rehearsal) {
    const auto entry = ledger::find_newest<ledger::Frozen>(live, module, rehearsal);
    if (!entry) {
        return std::nullopt;
    }
    const auto& body = std::get<ledger::Frozen>(entry->body);
    Frozen out{module,
               rehearsal,
               body.plan,
               body.mappings,
               body.content_root,
               body.verdicts,
               {},
               entry->sequence,
               entry->hash,
               entry->at,
               body.stored};
    if (body.roots.size() != body.entities.size() || body.rows.size() != body.entities.size()) {
        throw base::StoreError("ledger",
                               base::Remedy::Stop,
                               "the ledger's entry of a freeze does not name the root and the rows "
                               "of each entity; run: hrbridge store verify");
    }
    for (std::size_t i = 0; i < body.entities.size(); ++i) {
        out.entities.push_back({body.entities[i], body.rows[i], body.roots[i]});
    }
    return out;
}

ledger::Digest verdicts_digest(const std::vector<check::KeptVerdict>& verdicts) {
    base::RowHasher row;
    row.add_text("hrbridge verdicts 1");
    for (const check::KeptVerdict& each : verdicts) {
        if (counts(each.verdict)) {
            add(row, each.verdict);
        }
    }
    return ledger::Digest::sha256_of(row.canonical());
}

ledger::Digest check_digest(const std::string& check,
                            const std::vector<check::KeptVerdict>& verdicts) {
    base::RowHasher row;
    row.add_text("hrbridge check 1");
    row.add_text(check);
    for (const check::KeptVerdict& each : verdicts) {
        if (each.verdict.check == check) {
            add(row, each.verdict);
        }
    }
    return ledger::Digest::sha256_of(row.canonical());
}

std::vector<ledger::Note> matches_frozen(store::sql::Connection& side,
                                         const std::vector<store::EntityTable>& entities,
                                         const rehearsal::StoredPart& part,
                                         const Frozen& frozen) {
    const store::sql::Transaction snapshot(side, store::sql::Reads::Snapshot);
    std::vector<ledger::Note> differs;
    for (const rehearsal::EntityContent& each : frozen.entities) {
        const auto now = rehearsal::entity_content(
            side, entities, each.entity, rehearsal::RowsLie::ByKeyAsARule);
        if (now.root != each.root || now.rows != each.rows) {
            differs.push_back({"content_changed",
                               {{"entity", each.entity},
                                {"was", std::to_string(each.rows)},
                                {"now", std::to_string(now.rows)}}});
        }
    }
    if (rehearsal::module_root(frozen.entities) != frozen.content_root) {
        differs.push_back({"root_differs"});
    }
    if (rehearsal::promoted_digest(side, "", part) != frozen.stored) {
        differs.push_back({"values_changed"});
    }
    if (verdicts_digest(check::kept_verdicts(side)) != frozen.verdicts) {
        differs.push_back({"verdict_changed"});
    }
    return differs;
}

}  // namespace hrbridge::freeze
