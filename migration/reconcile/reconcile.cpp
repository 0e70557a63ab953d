#include "migration/reconcile/reconcile.h"

#include "migration/check/check_run.h"
#include "migration/reconcile/comparison.h"

namespace hrbridge::reconcile {
namespace {

void not_checked(const engine::Mapping& mapping, check::Note why, Result& result) {
    check::Verdict verdict;
    verdict.check = check::kReconciliation;
    verdict.subject = mapping.name;
    verdict.rule = kContent;
    verdict.why = std::move(why);
    verdict.next = {"next_not_checked", {}};
    result.verdicts.push_back(std::move(verdict));
}

}  // namespace

Result reconcile(const Parts& parts, Mode mode) {
    const auto tables = store::entity_tables(*parts.side.connect());
    Result result;
    for (const engine::Mapping* const mapping : parts.mappings) {
        if (parts.begins) {
            parts.begins(*mapping);
        }
        Result one;
        try {
            Comparison(parts, tables, *mapping, mode).run(one);
        } catch (const check::CannotCheck& reason) {
            one = {};
            not_checked(*mapping, reason.why(), one);
        } catch (const CannotRead& why) {
            one = {};
            not_checked(*mapping, {"source_unreadable", {{"what", why.what()}}}, one);
        }
        for (check::Verdict& verdict : one.verdicts) {
            result.verdicts.push_back(std::move(verdict));
        }
        for (ledger::Reconciliation& entry : one.entries) {
            result.entries.push_back(std::move(entry));
        }
    }
    return result;
}

}  // namespace hrbridge::reconcile
