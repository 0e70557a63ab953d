#include "migration/spot_check/returned.h"

#include <fmt/format.h>

#include "daemon/store/repositories.h"

namespace hrbridge::spot_check {
namespace {

constexpr const char* kAct = "spot_check.judge";

bool is_kept(const SheetRow& row, const Returned::Entry& entry) {
    return row.judgement && row.judgement->verdict == entry.verdict &&
           row.judgement->fields == entry.fields;
}

base::Fault fault(std::int64_t place, const char* what) {
    return {fmt::format("row {} of the sheet", place), what};
}

}  // namespace

base::Faults keep_returned(store::sql::Connection& live,
                           const base::SealKeys& keys,
                           const ledger::KeyRing* ledger_keys,
                           const DrawRecord& draw,
                           const BroughtBack& brought) {
    base::Faults faults;
    const auto now = find_draw(live, draw.number);
    if (!now || now->state != DrawState::Open) {
        faults.push_back({fmt::format("draw {}", draw.number), "is not open any more"});
        return faults;
    }
    const auto fixed = find_fixed(live, draw);
    Sheet sheet(live, keys, draw.number);
    const auto rows = sheet.all();
    std::vector<Returned::Entry> kept;
    for (const Returned::Entry& entry : brought.entries) {
        const SheetRow& row = rows.at(static_cast<std::size_t>(entry.place - 1));
        const bool of_fixed = fixed && entry.place <= fixed->rows;
        if (is_kept(row, entry) && (of_fixed || row.judgement->account == brought.account)) {
            continue;
        }
        if (of_fixed) {
            faults.push_back(fault(entry.place,
                                   "the first sheet is complete, and its verdicts stay; only rows "
                                   "that came later can be judged"));
        } else if (row.needs_another(entry.verdict, entry.fields, brought.account)) {
            faults.push_back(fault(entry.place,
                                   "this account called it wrong; another person has to judge it "
                                   "to take that back"));
        } else {
            kept.push_back(entry);
        }
    }
    if (!faults.empty()) {
        return faults;
    }
    for (const Returned::Entry& entry : kept) {
        sheet.judge(
            entry.place,
            {entry.verdict, entry.fields, brought.account, "xlsx", brought.at, std::nullopt});
    }
    store::AuditRepository(live).add(
        brought.given_by, kAct, std::to_string(draw.number), brought.account, brought.at);
    fix_if_complete(live, keys, ledger_keys, draw, brought.account, brought.at);
    return faults;
}

std::vector<std::string> brought_by(store::sql::Connection& live, std::int64_t draw) {
    std::vector<std::string> actors;
    const auto rows =
        live.query("SELECT DISTINCT actor FROM audit WHERE act = $1 AND object = $2 ORDER BY actor",
                   {std::string(kAct), std::to_string(draw)});
    while (rows->next()) {
        actors.push_back(rows->text(0));
    }
    return actors;
}

}  // namespace hrbridge::spot_check
