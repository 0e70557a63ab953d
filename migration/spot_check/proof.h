#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "migration/ledger/proof.h"

namespace hrbridge::spot_check {

// What `store verify` holds draws against: each content has one nonce, given before any draw from
// it; each draw goes by it; and nothing is drawn from content of which a draw has failed.
class DrawProof final : public ledger::ContentProof {
  public:
    std::string name() const override { return "draws"; }
    void take(const ledger::Entry& entry, const ledger::ProofContext& context) override;
    ledger::CheckResult finish(const ledger::ProofContext& context) override;
    std::string text(const std::string& language, const ledger::Note& note) const override;

  private:
    using Content = std::pair<std::string, ledger::Digest>;  // module and content root
    struct Nonce {
        std::int64_t entry = 0;
        ledger::Digest hash;
        ledger::Digest nonce;
    };
    void take_draw(const ledger::Entry& entry,
                   const ledger::Draw& draw,
                   const ledger::ProofContext& context);

    std::map<Content, Nonce> nonces_;
    std::map<std::pair<std::string, std::int64_t>, Content> draws_;
    std::set<Content> failed_;
};

}  // namespace hrbridge::spot_check
