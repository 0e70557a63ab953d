#include "daemon/app/store_proof.h"

#include "daemon/app/ledger_output.h"
#include "migration/ledger/texts.h"
#include "migration/promotion/proof.h"
#include "migration/spot_check/proof.h"

namespace hrbridge::app {

ledger::Outcome prove_store(store::sql::Connection& connection,
                            const ProofAsked& asked,
                            Output& output) {
    ledger::VerifyOptions options;
    options.printed = asked.printed;
    if (asked.keys != nullptr) {
        options.trusted = asked.keys->public_keys();
    }
    options.stop = asked.stop;
    options.progress = [&](std::int64_t entries) {
        output.progress(ledger::text(asked.language,
                                     {"verify_progress", {{"entries", std::to_string(entries)}}}));
    };
    promotion::RecordProof promotions(asked.clock);
    promotion::SumProof content;
    spot_check::DrawProof draws;
    options.proofs.insert(options.proofs.end(), {&promotions, &content, &draws});
    const ledger::VerifyReport report = ledger::verify(connection, options);
    print(report, {asked.language, options.proofs}, asked.json, output);
    return report.outcome();
}

}  // namespace hrbridge::app
