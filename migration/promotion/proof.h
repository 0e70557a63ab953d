#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "migration/ledger/proof.h"
#include "migration/promotion/last_promotion.h"

// What `store verify` holds against the ledger of promotions.
namespace hrbridge::promotion {

// What undoes a promotion is as it was kept: before-images, checkpoints, rejects, and which rows it
// touched. It may be gone only once its term is over; what the list of promotions says stays.
class RecordProof final : public ledger::ContentProof {
  public:
    explicit RecordProof(base::Clock& clock) : clock_(clock) {}

    std::string name() const override { return "promotions"; }
    void take(const ledger::Entry& entry, const ledger::ProofContext& context) override;
    ledger::CheckResult finish(const ledger::ProofContext& context) override;
    std::string text(const std::string& language, const ledger::Note& note) const override;

  private:
    void look(const Told& told, const ledger::ProofContext& context);

    base::Clock& clock_;
    std::vector<Told> told_;
    std::int64_t forgotten_ = 0;
};

// Entities that were promoted, and their superseded rows, hold what the ledger was told last, by
// the promotion and by every batch since: the sum over their rows is computed anew. Rows that still
// stand as they were promoted are named one by one when they do not.
class SumProof final : public ledger::ContentProof {
  public:
    std::string name() const override { return "content"; }
    void take(const ledger::Entry& entry, const ledger::ProofContext& context) override;
    ledger::CheckResult finish(const ledger::ProofContext& context) override;
    std::string text(const std::string& language, const ledger::Note& note) const override;

  private:
    struct Told {
        std::int64_t entry = 0;
        ledger::Digest root;
    };
    std::int64_t look(const std::string& entity,
                      const Told& told,
                      const ledger::ProofContext& context);

    std::map<std::string, Told> told_;  // by entity, the newest
};

}  // namespace hrbridge::promotion
