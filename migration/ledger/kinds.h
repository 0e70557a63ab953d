#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hrbridge::ledger {

// What an entry tells; bodies.h has the body of each. The names are part of the format and never
// change; a new kind comes at the end.
enum class Kind : std::uint8_t {
    KeyAdded,
    ProjectOpened,
    MappingFrozen,
    RehearsalStarted,
    RehearsalStep,
    RehearsalFinished,
    Verdict,
    Reconciliation,
    Draw,
    Reveal,
    CheckVerdicts,
    Signature,
    Voided,
    Promotion,
    Rollback,
    Batch,
    HeadSent,
    Frozen,
    SignerKeyAdded,
    SignerKeyRevoked,
    LossAccepted,
    GoAnswered,
    ReportSealed,
    NonceGiven,
    SheetFixed,
    CheckFinished,
};

std::string_view to_string(Kind kind);  // "mapping_frozen"
std::optional<Kind> kind_from(std::string_view name);

// "Not checked" is a verdict of its own and never stands for one of the others.
enum class Outcome : std::uint8_t { Pass, Fail, NotChecked };
std::string_view to_string(Outcome outcome);  // "pass", "fail", "not_checked"
std::optional<Outcome> outcome_from(std::string_view name);

// Of a signature: two different people.
enum class Role : std::uint8_t { Checker, Approver };
std::string_view to_string(Role role);  // "checker", "approver"
std::optional<Role> role_from(std::string_view name);

}  // namespace hrbridge::ledger
