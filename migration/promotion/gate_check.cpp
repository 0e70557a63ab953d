#include "migration/promotion/gate_check.h"

#include "daemon/base/error.h"
#include "migration/ledger/lookup.h"

namespace hrbridge::promotion {
namespace {

constexpr std::string_view kHash = "SELECT hash FROM ledger_entry WHERE seq = $1";
constexpr std::string_view kSince =
    "SELECT seq, kind, subject FROM ledger_entry WHERE seq > $1 ORDER BY seq";

bool is_key(ledger::Kind kind) {
    return kind == ledger::Kind::SignerKeyAdded || kind == ledger::Kind::SignerKeyRevoked;
}

// Batches are told under a mapping's or an entity's name, which may be a module's too; a report
// decides nothing.
bool says_nothing(ledger::Kind kind) {
    return kind == ledger::Kind::Batch || kind == ledger::Kind::ReportSealed;
}

bool has_end(store::sql::Connection& live, const ledger::Head& head) {
    const auto rows = live.query(std::string(kHash), {head.sequence});
    return rows->next() && rows->bytes(0) == head.hash.view();
}

ledger::Note note_of(std::int64_t entry, const std::string& kind, const std::string& subject) {
    return {"gate_outdated",
            {{"entry", std::to_string(entry)}, {"kind", kind}, {"subject", subject}}};
}

}  // namespace

std::optional<ledger::Note> outdated(store::sql::Connection& live,
                                     const std::string& module,
                                     const Gate& gate) {
    if (!gate.head || !has_end(live, *gate.head)) {
        return ledger::Note{"gate_unknown"};
    }
    const auto rows = live.query(std::string(kSince), {gate.head->sequence});
    while (rows->next()) {
        const std::string kind = rows->text(1);
        const std::string subject = rows->text(2);
        const auto known = ledger::kind_from(kind);
        const bool matters = !known           ? true
                             : is_key(*known) ? gate.accounts.contains(subject)
                                              : subject == module && !says_nothing(*known);
        if (matters) {
            return note_of(rows->integer(0), kind, subject);
        }
    }
    return std::nullopt;
}

ledger::Frozen frozen(store::sql::Connection& live,
                      const std::string& module,
                      std::int64_t rehearsal) {
    const auto entry = ledger::find_newest<ledger::Frozen>(live, module, rehearsal);
    if (!entry) {
        throw base::StoreError("promotion",
                               base::Remedy::Stop,
                               "the ledger has no freeze of this rehearsal; nothing was promoted");
    }
    return std::get<ledger::Frozen>(entry->body);
}

}  // namespace hrbridge::promotion
