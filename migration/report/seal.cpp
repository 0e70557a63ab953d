#include "migration/report/seal.h"

#include "migration/ledger/ledger.h"

namespace hrbridge::report {
namespace {

constexpr std::string_view kSubject =
    "SELECT subject FROM ledger_entry WHERE kind = 'report_sealed' AND body LIKE $1 ORDER BY seq "
    "DESC LIMIT 1";

// The module of the report in whose entry this text stands; empty: none.
std::string subject_with(store::sql::Connection& live, const std::string& text) {
    const auto rows = live.query(kSubject, {"%\"" + text + "\"%"});
    return rows->next() ? rows->text(0) : "";
}

}  // namespace

ledger::Entry seal(store::sql::Connection& live,
                   const Input& input,
                   const std::string& form,
                   const std::string& language,
                   const ledger::Digest& file,
                   const ledger::KeyRing* ledger_keys) {
    store::sql::Transaction transaction(live);
    ledger::Entry entry =
        ledger::Ledger(live, ledger_keys)
            .append({input.at,
                     input.scope.module.name,
                     input.actor,
                     ledger::ReportSealed{
                         input.scope.rehearsal.number, input.id, form, language, file}});
    transaction.commit();
    return entry;
}

SealFound find_seal(store::sql::Connection& live,
                    const std::vector<ledger::PublicKey>& trusted,
                    const ledger::Digest& file,
                    const std::string& id) {
    std::string module = subject_with(live, file.hex());
    if (module.empty() && !id.empty()) {
        module = subject_with(live, id);
    }
    const sign_off::LedgerTold told = sign_off::read_ledger(live, module, trusted);
    SealFound found;
    found.faults = told.faults;
    if (told.faults > 0) {
        found.outcome = SealOutcome::Broken;
        return found;
    }
    for (const sign_off::Told& each : told.entries) {
        const auto* const sealed = std::get_if<ledger::ReportSealed>(&each.entry.body);
        if (sealed != nullptr && sealed->file == file) {
            return {SealOutcome::Good, each.entry, 0};
        }
        if (sealed != nullptr && sealed->id == id) {
            found = {SealOutcome::Changed, each.entry, 0};
        }
    }
    return found;
}

}  // namespace hrbridge::report
