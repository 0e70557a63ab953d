#include <utility>

#include <fmt/format.h>

#include "daemon/store/merge_writer.h"

// The part of a batch's writing that refuses rows.
namespace hrbridge::store {

void MergeWriter::refuse_orphans(const StagedBlock& block,
                                 const base::Batch& batch,
                                 const std::shared_ptr<const base::RawBlock>& raw) {
    for (const ReferenceProblem& problem : block.problems) {
        Reject reject = rejects_.make(*raw, batch.source_rows[problem.row]);
        reject.kind = problem.field->otherwise == ReferenceField::Otherwise::Hold
                          ? RejectClass::Hold
                          : RejectClass::Row;
        reject.rule = problem.field->rule;
        reject.field = problem.field->column;
        reject.reason = fmt::format(
            "{} with this {} does not exist", problem.field->entity, problem.field->key_column);
        reject.waits_for = problem.waits_for;
        reject.row = batch.source_rows[problem.row];
        kept_bytes_ += reject.kept_bytes();
        this->reject(std::move(reject));
    }
}

void MergeWriter::reject(Reject reject) {
    const std::int64_t order = rows_before_ + reject.row;
    refuse(std::move(reject), order);
}

void MergeWriter::refuse(Reject reject, std::int64_t order) {
    auto& by_rule = reject.kind == RejectClass::Hold ? outcome_.held : outcome_.rejected;
    by_rule[reject.rule] += 1;
    rejects_.refuse(std::move(reject), order);
}

void MergeWriter::note_good_rows() {
    if (!rejects_.worth_noting()) {
        return;
    }
    for (const Origin& origin : origins_) {
        if (origin.raw > 0) {
            const KeptBlock& block = raws_[origin.raw - 1];
            rejects_.note_good(*block.rows, origin.row, block.order(origin.row));
        }
    }
}

// A refused row whose key comes again in a good row is one more row of a repeated key.
void MergeWriter::settle_rejects() {
    note_good_rows();
    for (const Reject& overtaken : rejects_.drop_overtaken()) {
        auto& by_rule = overtaken.kind == RejectClass::Hold ? outcome_.held : outcome_.rejected;
        if (--by_rule[overtaken.rule] == 0) {
            by_rule.erase(overtaken.rule);
        }
        outcome_.duplicates += 1;
    }
}

}  // namespace hrbridge::store
