#include "migration/spot_check/result.h"

#include <algorithm>
#include <numeric>

#include "daemon/base/row_hash.h"
#include "migration/sampling/plan.h"

namespace hrbridge::spot_check {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::size_t kMostListed = 100;

bool names(const Judgement& judgement, const std::string& field) {
    return std::find(judgement.fields.begin(), judgement.fields.end(), field) !=
           judgement.fields.end();
}

bool is_wrong(const SheetRow& row) {
    return row.counts_as_wrong(*row.judgement);
}

bool is_replaced(const SheetRow& row) {
    return row.judgement->verdict == RowVerdict::SourceChanged && !row.content.changed.empty();
}

class Counting {
  public:
    Counting(const Plan& plan, Tally& tally) : plan_(plan), tally_(tally) {
        sample_.resize(plan.strata.size());
        replaced_.resize(plan.strata.size());
        unknown_.resize(plan.strata.size());
    }

    void add(const SheetRow& row) {
        tally_.overturned += row.overturned;
        if (!row.judgement) {
            ++tally_.open;
            sample_[stratum(row)] += row.content.kind == RowKind::Sample ? 1 : 0;
            return;
        }
        tally_.hasty += row.judgement->milliseconds.value_or(kHastyMs) < kHastyMs ? 1 : 0;
        switch (row.content.kind) {
            case RowKind::Sample:
                return add_sample(row);
            case RowKind::Extra:
                ++tally_.extras;
                tally_.extras_wrong += is_wrong(row) ? 1 : 0;
                tally_.cannot_tell += row.judgement->verdict == RowVerdict::CannotTell ? 1 : 0;
                return;
            case RowKind::Decoy:
                return add_decoy(row);
        }
    }

    void finish() {
        const sampling::Share confidence{plan_.confidence_ppm, kMillion};
        const auto& step = plan_.rule.steps.at(static_cast<std::size_t>(tally_.decoys_found));
        tally_.sensitivity =
            sampling::sensitivity_interval(tally_.decoys_found, plan_.rule.planted, confidence);
        tally_.fails_checker = step.fails;
        if (!step.fails) {
            want(step);
        }
        bound(step.sensitivity, confidence);
        decide();
    }

  private:
    static std::size_t stratum(const SheetRow& row) {
        return static_cast<std::size_t>(row.content.stratum);
    }

    void add_sample(const SheetRow& row) {
        ++sample_[stratum(row)];
        if (is_replaced(row)) {
            ++tally_.source_changed;
            ++replaced_[stratum(row)];
        } else if (row.judgement->verdict == RowVerdict::CannotTell) {
            ++tally_.cannot_tell;
            ++unknown_[stratum(row)];
        } else {
            ++tally_.checked;
            tally_.wrong += is_wrong(row) ? 1 : 0;
        }
    }

    void add_decoy(const SheetRow& row) {
        ++tally_.decoys;
        const Judgement& judgement = *row.judgement;
        if (judgement.verdict != RowVerdict::Wrong) {
            return;
        }
        const bool found = names(judgement, row.content.planted);
        tally_.decoys_found += found ? 1 : 0;
        tally_.beside += judgement.fields.size() > (found ? 1U : 0U) ? 1 : 0;
    }

    void want(const sampling::GrowthStep& step) {
        for (std::size_t h = 0; h < sample_.size(); ++h) {
            const std::int64_t wanted = step.strata[h] + replaced_[h];
            const std::int64_t drawn = plan_.rule.first.strata[h] + plan_.reserve[h];
            tally_.wanted.push_back(std::max(sample_[h], std::min(wanted, drawn)));
            tally_.grows = tally_.grows || tally_.wanted.back() > sample_[h];
            tally_.beyond_reserve = tally_.beyond_reserve || wanted > drawn;
        }
    }

    // A checker who was shown to find nothing rules nothing out.
    void bound(sampling::Share sensitivity, sampling::Share confidence) {
        if (sensitivity.parts == 0) {
            tally_.wrong_at_most = plan_.population();
            return;
        }
        std::vector<sampling::Check> checks;
        for (std::size_t h = 0; h < sample_.size(); ++h) {
            checks.push_back(
                {plan_.strata[h].rows, sample_[h] - replaced_[h] - unknown_[h], sensitivity});
        }
        tally_.wrong_at_most = sampling::upper_limit(checks, tally_.wrong, confidence).worst_split;
    }

    void decide() {
        if (tally_.wrong > plan_.rule.first.allowed || tally_.extras_wrong > 0 ||
            tally_.beside > 0) {
            tally_.outcome = ledger::Outcome::Fail;
        } else if (tally_.fails_checker || tally_.cannot_tell > 0 || tally_.beyond_reserve) {
            tally_.outcome = ledger::Outcome::NotChecked;
        } else {
            tally_.outcome = ledger::Outcome::Pass;
        }
        // More rows change nothing of a verdict that blocks.
        tally_.grows = tally_.grows && tally_.outcome == ledger::Outcome::Pass;
    }

    const Plan& plan_;
    Tally& tally_;
    std::vector<std::int64_t> sample_;
    std::vector<std::int64_t> replaced_;
    std::vector<std::int64_t> unknown_;
};

// What the verdict says of one row; of a decoy only what is not the decoy's doing.
void list_row(const SheetRow& row, check::Verdict& verdict) {
    if (!row.judgement || verdict.where.size() >= kMostListed) {
        return;
    }
    const bool decoy = row.content.kind == RowKind::Decoy;
    const Judgement& judgement = *row.judgement;
    if (judgement.verdict == RowVerdict::Right ||
        (decoy && judgement.verdict != RowVerdict::Wrong)) {
        return;
    }
    const std::string code = decoy                                            ? "beside"
                             : row.content.kind == RowKind::Extra             ? "extra"
                             : is_replaced(row)                               ? "changed"
                             : judgement.verdict == RowVerdict::Wrong         ? "wrong"
                             : judgement.verdict == RowVerdict::SourceChanged ? "changed_unproven"
                                                                              : "cannot_tell";
    std::vector<std::string> fields = judgement.fields;
    if (decoy) {
        std::erase(fields, row.content.planted);
        if (fields.empty()) {
            return;
        }
    }
    if (fields.empty()) {
        fields.emplace_back();
    }
    for (const std::string& field : fields) {
        verdict.where.push_back({row.content.entity,
                                 row.content.shown_key,
                                 field,
                                 std::nullopt,
                                 {"where_" + code, {{"place", std::to_string(row.place)}}}});
    }
}

ledger::Note next_of(const Tally& tally, const DrawRecord& draw) {
    const std::string module = draw.module;
    if (tally.outcome == ledger::Outcome::Pass) {
        return {};
    }
    return {tally.outcome == ledger::Outcome::Fail ? "next_fail" : "next_not_checked",
            {{"module", module}}};
}

ledger::Note why_of(const Tally& tally, const DrawRecord& draw) {
    if (tally.outcome == ledger::Outcome::NotChecked) {
        return {tally.given_up          ? "why_given_up"
                : tally.fails_checker   ? "why_checker"
                : tally.cannot_tell > 0 ? "why_cannot_tell"
                                        : "why_reserve",
                {}};
    }
    return {"how", {{"draw", std::to_string(draw.number)}}};
}

}  // namespace

Tally tally(const Plan& plan, const std::vector<SheetRow>& rows) {
    Tally out;
    Counting counting(plan, out);
    for (const SheetRow& row : rows) {
        counting.add(row);
    }
    if (out.open == 0) {
        counting.finish();
    }
    return out;
}

Tally tally_given_up(const Plan& plan, std::vector<SheetRow> rows) {
    // Two entries that differ take no wrong row back.
    for (SheetRow& row : rows) {
        if (!row.judgement && row.latest && row.counts_as_wrong(*row.latest)) {
            row.judgement = row.latest;
        }
    }
    Tally out = rows.empty() ? Tally{} : tally(plan, rows);
    if (!rows.empty() && out.open == 0 && !out.grows) {
        return out;
    }
    out.given_up = true;
    out.outcome = out.finds_fault() ? ledger::Outcome::Fail : ledger::Outcome::NotChecked;
    out.wrong_at_most = plan.population();
    return out;
}

ledger::Digest sheet_digest(const std::vector<SheetRow>& rows) {
    base::RowHasher cells;
    cells.add_text("hrbridge sheet 1");
    for (const SheetRow& row : rows) {
        cells.add_int(row.place);
        cells.add_text(to_string(row.content.kind));
        cells.add_text(row.content.entity);
        cells.add_text(row.content.key);
        if (!row.judgement) {
            cells.add_null();
            continue;
        }
        cells.add_text(to_string(row.judgement->verdict));
        cells.add_int(static_cast<std::int64_t>(row.judgement->fields.size()));
        for (const std::string& field : row.judgement->fields) {
            cells.add_text(field);
        }
    }
    return ledger::Digest::sha256_of(cells.canonical());
}

check::Verdict verdict_of(const DrawRecord& draw,
                          const Tally& tally,
                          const std::vector<SheetRow>& rows,
                          const DrawCounts& counts) {
    check::Verdict out;
    out.check = kSpotCheck;
    out.subject = draw.module;
    out.rule = kRule;
    out.outcome = tally.outcome;
    out.why = why_of(tally, draw);
    out.examined = tally.checked;
    out.failed = tally.wrong + tally.extras_wrong + tally.beside;
    out.next = next_of(tally, draw);
    out.figures = {
        {"draw", draw.number},
        {"draws", counts.draws},
        {"draws_failed", counts.failed},
        {"draws_not_checked", counts.not_checked},
        {"open", tally.open},
        {"population", draw.plan.population()},
        {"limit_ppm", draw.plan.limit_ppm},
        {"confidence_ppm", draw.plan.confidence_ppm},
        {"joint_confidence_ppm",
         static_cast<std::int64_t>(draw.plan.rule.joint_confidence * kMillion)},
        {"sample", tally.checked},
        {"first_sample", draw.plan.rule.first.sample},
        {"wrong", tally.wrong},
        {"wrong_at_most", tally.wrong_at_most},
        {"source_changed", tally.source_changed},
        {"cannot_tell", tally.cannot_tell},
        {"extras", tally.extras},
        {"extras_wrong", tally.extras_wrong},
        {"decoys", tally.decoys},
        {"decoys_found", tally.decoys_found},
        {"beside", tally.beside},
        {"hasty", tally.hasty},
        {"overturned", tally.overturned},
        {"sensitivity_low_ppm", tally.sensitivity.low.parts * kMillion / tally.sensitivity.low.of},
        {"sensitivity_high_ppm",
         tally.sensitivity.high.parts * kMillion / tally.sensitivity.high.of}};
    for (const SheetRow& row : rows) {
        list_row(row, out);
    }
    return out;
}

}  // namespace hrbridge::spot_check
