#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/jobs/sweep.h"
#include "daemon/store/repositories.h"

// The part of a sweep that decides on what it did not find, and ends it.
namespace hrbridge::jobs {
namespace {

// A share of so few rows says nothing, unless they are half of all.
constexpr std::int64_t kFewMissing = 3;

}  // namespace

std::string_view to_string(SweepKind kind) {
    return kind == SweepKind::Keys ? "keys" : "hashes";
}

// A reading that gives too little is no proof that people have left.
// Whether the source seems to have given all its rows.
bool Sweep::is_within_limit() const {
    const engine::SweepPolicy& policy = parts_.mapping.sync.sweep;
    if (report_.missing == 0) {
        return true;
    }
    const double share = static_cast<double>(report_.missing) / static_cast<double>(report_.live);
    const bool few = policy.stop_above > 0 && report_.missing <= kFewMissing &&
                     report_.missing * 2 < report_.live;
    return report_.rows_read > 0 && (share <= policy.stop_above || few);
}

bool Sweep::too_many_missing() {
    const engine::SweepPolicy& policy = parts_.mapping.sync.sweep;
    if (policy.on_missing == engine::OnMissing::Nothing || is_within_limit()) {
        return false;
    }
    const double share = static_cast<double>(report_.missing) / static_cast<double>(report_.live);
    name_missing();
    report_.outcome = SyncOutcome::FaultsFound;
    report_.faults.push_back(
        {fmt::format("{}:{}: sync.on_missing.stop_above", parts_.mapping.file, policy.missing_line),
         fmt::format(
             "{} of {} rows ({:.1f} %) are no longer in the source: nothing was deactivated. Look "
             "whether the source gives all its rows (its query, rights and filters); when they "
             "are gone indeed, raise stop_above for one sweep",
             report_.missing,
             report_.live,
             100 * share)});
    return true;
}

void Sweep::name_missing() {
    const std::size_t room =
        parts_.options.show - std::min(parts_.options.show, report_.findings.size());
    const std::vector<std::int64_t> ids(
        missing_.begin(),
        missing_.begin() + static_cast<std::ptrdiff_t>(std::min(room, missing_.size())));
    for (std::string& key : store::shown_keys(parts_.connection, plan_, ids)) {
        report_.findings.push_back({"missing", std::move(key), {}, false, false});
    }
}

// A refused row that was deleted where it came from is put right by nobody. One whose reject a sync
// has seen since the sweep began stays, and so do all where a row has no key, or where one that
// differed was not found again: a parent that came meanwhile is part of the key of its rows.
void Sweep::close_rejects() {
    if (refused_gone_.empty() || report_.unkeyed > 0 || report_.vanished > 0 || report_.left > 0 ||
        report_.live == 0 || report_.rows_read == 0 || !is_within_limit()) {
        return;
    }
    report_.rejects_closed =
        store::RejectRepository(parts_.connection)
            .close_gone(refused_gone_, state_.started_at, parts_.sync.clock.now());
    if (report_.rejects_closed > 0) {
        report_.notes.push_back(
            fmt::format("{} refused rows are gone from the source; their rejects are closed",
                        report_.rejects_closed));
    }
}

// What is missing and the sweep's end are one transaction.
void Sweep::settle() {
    const engine::SweepPolicy& policy = parts_.mapping.sync.sweep;
    name_missing();
    if (report_.missing > static_cast<std::int64_t>(missing_.size())) {
        report_.notes.push_back(
            fmt::format("more than {} rows are missing: their grace does not run, and none was "
                        "deactivated",
                        missing_.size()));
        return;
    }
    if (parts_.options.dry_run) {
        return;
    }
    close_rejects();
    // Each source row without a key may be one of the missing rows. What a sweep read before it was
    // cut off may have come back since then, and a sync that finds it unchanged leaves no trace.
    const bool at_once = policy.grace == 0;
    const bool sure = report_.unkeyed == 0 && !(report_.resumed && at_once);
    missing_outcome_ =
        store::settle_missing(parts_.connection,
                              plan_,
                              {missing_,
                               sure && policy.on_missing == engine::OnMissing::Deactivate,
                               policy.grace,
                               state_.before_batch},
                              parts_.sync.clock.now());
}

void Sweep::finish(const std::string& outcome, bool settles) {
    if (parts_.options.dry_run) {
        if (settles) {
            settle();
        }
        return;
    }
    store::sql::Transaction transaction(parts_.connection);
    if (settles) {
        settle();
    }
    if (!plan_.lease.empty() &&
        !store::LeaseRepository(parts_.connection).holds(plan_.lease, plan_.fencing_token)) {
        throw base::StoreError("lease",
                               base::Remedy::Stop,
                               "another process has taken over " + plan_.lease +
                                   "; this sweep was not brought to its end");
    }
    parts_.connection.execute("UPDATE run SET rows_read = rows_read + $2 WHERE id = $1",
                              {parts_.run_id, state_.rows_read});
    store::SweepRepository(parts_.connection)
        .finish(state_.id,
                outcome,
                {report_.changed,
                 report_.added,
                 settles ? missing_outcome_.first : report_.missing,
                 report_.pending,
                 missing_outcome_.gone},
                state_.rows_read,
                parts_.sync.clock.now());
    transaction.commit();
    store::SweepSpool::remove(path("source"));
    report_.first_missing = missing_outcome_.first;
    report_.gone = missing_outcome_.gone;
}

}  // namespace hrbridge::jobs
