#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "migration/ledger/head.h"
#include "migration/report/document.h"
#include "migration/sign_off/standing.h"

// What a customer reads and signs: all that is known of one rehearsal and what became of it. No
// value of a row is in it but masked ones.
namespace hrbridge::report {

// Why rows of a mapping were not stored, with what varies in a reason left out.
struct RejectReason {
    std::string mapping;
    std::string kind;
    std::string rule;
    std::string reason;  // as it is stored, values replaced by "…"
    std::int64_t rows = 0;
};

// Why a draw came to nothing and what was done about it, as who drew again said it.
struct Explained {
    std::string cause;
    std::string remedy;
};

struct Input {
    const sign_off::Scope& scope;
    sign_off::Standing standing;
    std::vector<sign_off::Told> told;              // the module's entries of the ledger
    std::map<std::int64_t, std::int64_t> reveals;  // of masked values, by draw
    std::map<std::int64_t, Explained> explained;   // by draw
    std::vector<rehearsal::Rehearsal> rehearsals;  // of the module, oldest first
    std::vector<RejectReason> reasons;             // most rows first
    std::optional<ledger::Head> head;              // of the ledger before this report
    base::Timestamp at;
    base::Zone zone = base::Zone::utc();  // by whose clocks times are said
    std::string actor;
    std::string id;
    // A stored reason, or a note of a verdict, in the report's language.
    std::function<std::string(const std::string&)> reason_text;
    std::function<std::string(const ledger::Note&)> note_text;
};

// Reads everything there is. Nothing is written.
Input gather(const sign_off::Scope& scope);

// In "zh" or "en". What was not done yet is said in its section.
Document compose(const Input& input, const std::string& language);

// A stored reason with all that stands in quotes left out: values that may be anybody's.
std::string without_values(const std::string& reason);

// A new id of a report: module, number and six random digits.
std::string new_id(const rehearsal::Rehearsal& rehearsal);
// The id that a report's bytes show; nullopt: they are no report.
std::optional<std::string> shown_id(const std::string& bytes);

}  // namespace hrbridge::report
