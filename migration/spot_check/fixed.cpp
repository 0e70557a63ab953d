#include "migration/spot_check/fixed.h"

#include "migration/ledger/ledger.h"
#include "migration/ledger/lookup.h"
#include "migration/spot_check/result.h"

namespace hrbridge::spot_check {

std::optional<ledger::SheetFixed> find_fixed(store::sql::Connection& live, const DrawRecord& draw) {
    const auto entry = ledger::find_newest(
        live, ledger::Kind::SheetFixed, draw.module, [&](const ledger::Entry& each) {
            return std::get<ledger::SheetFixed>(each.body).draw == draw.number;
        });
    return entry ? std::optional(std::get<ledger::SheetFixed>(entry->body)) : std::nullopt;
}

void fix_if_complete(store::sql::Connection& live,
                     const base::SealKeys& keys,
                     const ledger::KeyRing* ledger_keys,
                     const DrawRecord& draw,
                     const std::string& actor,
                     base::Timestamp at) {
    Sheet sheet(live, keys, draw.number);
    if (sheet.judged() < sheet.rows() || find_fixed(live, draw)) {
        return;
    }
    const auto rows = sheet.all();
    ledger::SheetFixed body;
    body.draw = draw.number;
    body.rows = std::ssize(rows);
    body.decoys = draw.plan.rule.planted;
    body.decoys_found = tally(draw.plan, rows).decoys_found;
    body.sheet = sheet_digest(rows);
    ledger::Ledger(live, ledger_keys).append({at, draw.module, actor, body});
}

bool is_as_fixed(const ledger::SheetFixed& fixed, const std::vector<SheetRow>& rows) {
    if (fixed.rows > std::ssize(rows)) {
        return false;
    }
    return sheet_digest({rows.begin(), rows.begin() + fixed.rows}) == fixed.sheet;
}

}  // namespace hrbridge::spot_check
