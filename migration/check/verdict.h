#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "migration/ledger/digest.h"
#include "migration/ledger/kinds.h"
#include "migration/ledger/note.h"

namespace hrbridge::check {

using ledger::Note;
using ledger::Outcome;

inline constexpr const char* kFormat = "format";
inline constexpr const char* kLogic = "logic";

// Why a reconciliation's rows are not checked: their source changed them after the load.
inline constexpr const char* kMovedSome = "moved_some";

// A row that breaks a rule. A personal value, and a personal part of a key, is masked; what the
// store seals is never in here, nor what was computed of it.
struct Located {
    std::string entity;
    std::string key;                   // the natural key, its parts joined by "/"
    std::string field;                 // empty: the row as a whole
    std::optional<std::string> value;  // nullopt: NULL, sealed or not one value
    Note note;                         // what is wrong beside the rule itself; may have no code

    friend bool operator==(const Located&, const Located&) = default;
};

// What became of one rule. Every rule that was asked for has exactly one; "not checked" is an
// outcome of its own and never stands for one of the others.
struct Verdict {
    std::string check;    // format, logic …
    std::string subject;  // a mapping, or the module whose rule it is
    std::string rule;
    Outcome outcome = Outcome::NotChecked;
    Note why;         // of not_checked: the reason; else how it was judged
    std::string say;  // the rule's own words
    std::int64_t examined = 0;
    std::int64_t failed = 0;                      // exact, however few are listed
    std::map<std::string, std::int64_t> figures;  // what was counted beside: refused, held …
    std::vector<Located> where;                   // the first ones by key
    Note next;                                    // what to do; no code after a pass

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

// SHA-256 over the verdict's canonical form (ARCHITECTURE.md, "Verdict"): the ledger's evidence.
ledger::Digest digest(const Verdict& verdict);

}  // namespace hrbridge::check
