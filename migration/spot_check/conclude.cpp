#include <algorithm>
#include <map>
#include <set>

#include "daemon/base/error.h"
#include "daemon/store/repositories.h"
#include "migration/check/verdict_store.h"
#include "migration/ledger/ledger.h"
#include "migration/spot_check/redraw.h"
#include "migration/spot_check/result.h"
#include "migration/spot_check/returned.h"

namespace hrbridge::spot_check {
namespace {

ledger::CheckVerdicts body_of(const DrawRecord& draw,
                              const Tally& tally,
                              const std::vector<SheetRow>& rows) {
    ledger::CheckVerdicts body;
    body.draw = draw.number;
    body.outcome = tally.outcome;
    body.checked = tally.checked;
    body.wrong = tally.wrong;
    body.source_changed = tally.source_changed;
    body.decoys = tally.decoys;
    body.decoys_found = tally.decoys_found;
    body.wrong_at_most = tally.wrong_at_most;
    body.sheet = sheet_digest(rows);
    body.overturned = tally.overturned;
    return body;
}

// On the page who judges brings it in himself.
void name_people(store::sql::Connection& live,
                 const std::vector<SheetRow>& rows,
                 ledger::CheckVerdicts& body) {
    std::set<std::string> judges;
    const auto brought = brought_by(live, body.draw);
    std::set<std::string> givers(brought.begin(), brought.end());
    for (const SheetRow& row : rows) {
        judges.insert(row.judges.begin(), row.judges.end());
        if (row.latest && row.latest->way == "web") {
            givers.insert(row.latest->account);
        }
    }
    body.judged_by.emplace(judges.begin(), judges.end());
    body.given_by.emplace(givers.begin(), givers.end());
}

// Who judged the most rows: the ledger's answer to who worked the sheet. `nobody` where nobody did.
std::string worker_of(const std::vector<SheetRow>& rows, const std::string& nobody) {
    std::map<std::string, std::int64_t> judged;
    for (const SheetRow& row : rows) {
        if (row.judgement) {
            ++judged[row.judgement->account];
        }
    }
    if (judged.empty()) {
        return nobody;
    }
    return std::max_element(judged.begin(),
                            judged.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

DrawCounts counts_until(store::sql::Connection& live, const DrawRecord& draw) {
    DrawCounts counts;
    for (const DrawRecord& each : list_draws(live, draw.module)) {
        if (each.number > draw.number) {
            break;
        }
        ++counts.draws;
        counts.failed += each.outcome == ledger::Outcome::Fail ? 1 : 0;
        counts.not_checked += each.outcome == ledger::Outcome::NotChecked ? 1 : 0;
    }
    return counts;
}

// First the rehearsal's store, which is another one: cut off in between, the draw is still open and
// is concluded again.
void keep(const Parts& parts, const DrawRecord& draw, const check::Verdict& verdict) {
    const store::SideName name{draw.module, draw.rehearsal};
    if (!store::side_is_taken(parts.live, name)) {
        return;  // of a draw that is given up after its rehearsal was dropped
    }
    const auto side = store::open_store(store::side_options(parts.live, name))->connect();
    store::sql::Transaction transaction(*side);
    check::keep_verdicts(*side, kSpotCheck, {verdict}, parts.clock.now());
    transaction.commit();
}

bool close(const Parts& parts,
           store::sql::Connection& live,
           const DrawRecord& draw,
           const std::vector<SheetRow>& rows,
           ledger::CheckVerdicts body,
           const check::Verdict& verdict) {
    const auto now = parts.clock.now();
    if (!close_draw(live, draw.number, verdict.outcome, now)) {
        return false;
    }
    name_people(live, rows, body);
    ledger::Ledger ledger(live, parts.ledger_keys);
    ledger.append({now, draw.module, worker_of(rows, parts.actor), body});
    ledger.append({now,
                   draw.module,
                   parts.actor,
                   ledger::Verdict{draw.rehearsal,
                                   verdict.check,
                                   verdict.rule,
                                   verdict.outcome,
                                   verdict.examined,
                                   verdict.failed,
                                   check::digest(verdict)}});
    return true;
}

// A verdict that comes while the sheet is added up must not be lost.
void lock(const Parts& parts, store::sql::Connection& live, const DrawRecord& draw) {
    if (!store::LeaseRepository(live).holds(parts.lease.name, parts.lease.fencing_token)) {
        throw base::LeaseHeld("another process has taken over the rehearsals of this module");
    }
    live.execute("UPDATE spot_draw SET state = state WHERE number = $1", {draw.number});
}

// What the growth of the sample goes by is in the ledger before anybody is told of it.
bool has_fixed_sheet(const Parts& parts, store::sql::Connection& live, const DrawRecord& draw) {
    store::sql::Transaction transaction(live);
    lock(parts, live, draw);
    fix_if_complete(live, *parts.keys, parts.ledger_keys, draw, parts.actor, parts.clock.now());
    const auto fixed = find_fixed(live, draw);
    const bool holds = !fixed || is_as_fixed(*fixed, Sheet(live, *parts.keys, draw.number).all());
    transaction.commit();
    return holds;
}

}  // namespace

void give_up(const Parts& parts, const DrawRecord& draw) {
    const auto live = store::open_store(parts.live)->connect();
    store::sql::Transaction transaction(*live);
    lock(parts, *live, draw);
    const auto rows = Sheet(*live, *parts.keys, draw.number).all();
    const Tally tally = tally_given_up(draw.plan, rows);
    const check::Verdict verdict = verdict_of(draw, tally, rows, counts_until(*live, draw));
    keep(parts, draw, verdict);
    close(parts, *live, draw, rows, body_of(draw, tally, rows), verdict);
    transaction.commit();
}

ResultOutcome conclude(const Parts& parts,
                       const Subject& subject,
                       const DrawRecord& draw,
                       const std::stop_token& stop) {
    ResultOutcome out;
    const auto live = store::open_store(parts.live)->connect();
    Sheet sheet(*live, *parts.keys, draw.number);
    out.tally = tally(draw.plan, sheet.all());
    if (out.tally.open > 0) {
        return out;
    }
    if (!has_fixed_sheet(parts, *live, draw)) {
        out.refused.push_back({"not_as_fixed", {{"draw", std::to_string(draw.number)}}});
        return out;
    }
    if (out.tally.grows) {
        const std::int64_t before = sheet.rows();
        out.refused = grow(parts, subject, draw, out.tally.wanted, stop);
        out.added = sheet.rows() - before;
        return out;
    }
    store::sql::Transaction transaction(*live);
    lock(parts, *live, draw);
    const auto rows = sheet.all();
    out.tally = tally(draw.plan, rows);
    if (out.tally.open > 0 || out.tally.grows) {
        return out;
    }
    const check::Verdict verdict = verdict_of(draw, out.tally, rows, counts_until(*live, draw));
    keep(parts, draw, verdict);
    if (!close(parts, *live, draw, rows, body_of(draw, out.tally, rows), verdict)) {
        out.refused.push_back({"closed", {{"draw", std::to_string(draw.number)}}});
        return out;
    }
    transaction.commit();
    out.verdict = verdict;
    return out;
}

}  // namespace hrbridge::spot_check
