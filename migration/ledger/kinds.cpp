#include "migration/ledger/kinds.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace hrbridge::ledger {
namespace {

template <std::size_t N>
using Names = std::array<std::string_view, N>;

constexpr Names<26> kKinds{"key_added",
                           "project_opened",
                           "mapping_frozen",
                           "rehearsal_started",
                           "rehearsal_step",
                           "rehearsal_finished",
                           "verdict",
                           "reconciliation",
                           "draw",
                           "reveal",
                           "check_verdicts",
                           "signature",
                           "voided",
                           "promotion",
                           "rollback",
                           "batch",
                           "head_sent",
                           "frozen",
                           "signer_key_added",
                           "signer_key_revoked",
                           "loss_accepted",
                           "go_answered",
                           "report_sealed",
                           "nonce_given",
                           "sheet_fixed",
                           "check_finished"};
constexpr Names<3> kOutcomes{"pass", "fail", "not_checked"};
constexpr Names<2> kRoles{"checker", "approver"};

template <typename Enum, std::size_t N>
std::optional<Enum> find(const Names<N>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? std::nullopt
                                : std::optional(static_cast<Enum>(found - names.begin()));
}

}  // namespace

std::string_view to_string(Kind kind) {
    return kKinds.at(static_cast<std::size_t>(kind));
}

std::optional<Kind> kind_from(std::string_view name) {
    return find<Kind>(kKinds, name);
}

std::string_view to_string(Outcome outcome) {
    return kOutcomes.at(static_cast<std::size_t>(outcome));
}

std::optional<Outcome> outcome_from(std::string_view name) {
    return find<Outcome>(kOutcomes, name);
}

std::string_view to_string(Role role) {
    return kRoles.at(static_cast<std::size_t>(role));
}

std::optional<Role> role_from(std::string_view name) {
    return find<Role>(kRoles, name);
}

}  // namespace hrbridge::ledger
