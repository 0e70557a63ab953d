#include "daemon/app/ledger_job.h"

#include "migration/ledger/texts.h"
#include "migration/ledger/verify.h"
#include "monitoring/state_metrics.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kFindingsTold = 5;

}  // namespace

void verify_ledger(Services& services, const std::stop_token& stop) {
    monitoring::StateMetrics state(services.metrics);
    auto& verified = state.ledger_verified_seconds.Add({});  // 0 until it was done once
    ledger::VerifyOptions options;
    if (services.ledger_keys) {
        options.trusted = services.ledger_keys->public_keys();
    }
    options.show = kFindingsTold;
    options.stop = stop;
    const auto connection = services.store->connect();
    const ledger::VerifyReport report = ledger::verify(*connection, options);
    const bool fails = report.outcome() == ledger::Outcome::Fail;
    if (fails) {
        for (const ledger::Finding& finding : report.findings) {
            services.log.error("the ledger does not hold; run: hrbridge store verify",
                               {{"entry", std::to_string(finding.entry)},
                                {"check", finding.check},
                                {"finding", ledger::text("en", finding.note)}});
        }
    }
    state.ledger_faults.Add({}).Set(fails ? static_cast<double>(report.findings_total) : 0);
    verified.Set(std::chrono::duration<double>(services.clock.now().time_since_epoch()).count());
}

}  // namespace hrbridge::app
