#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "migration/sign_off/standing.h"

namespace hrbridge::sign_off {

// What people did about a rehearsal, and what ended it: takes the ledger's entries in their order
// into a standing whose content, people, verdicts and list are there already.
class Acts {
  public:
    // All outlive it.
    Acts(const Scope& scope, const LedgerTold& told, Standing& out)
        : scope_(scope), told_(told), out_(out) {}

    void take(const Told& told);

  private:
    bool is_ours(std::int64_t rehearsal) const { return rehearsal == scope_.rehearsal.number; }
    bool counts(const Told& told, const std::optional<std::string>& loader) const;
    std::string changed(const ledger::Digest& signed_content) const;

    void take(const Told& told, const ledger::Signature& signature);
    void take(const Told& told, const ledger::LossAccepted& loss);
    void take(const Told& told, const ledger::GoAnswered& answer);
    void take(const ledger::Voided& voided);
    void take(const ledger::Verdict& verdict);
    void take(const Told& told, const ledger::Rollback& rollback);

    const Scope& scope_;
    const LedgerTold& told_;
    Standing& out_;
    std::set<std::int64_t> promotions_;  // of this rehearsal, by their entries
};

}  // namespace hrbridge::sign_off
