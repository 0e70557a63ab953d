#pragma once

#include <memory>
#include <string>

#include "daemon/app/services.h"
#include "daemon/jobs/outbox_dispatcher.h"
#include "daemon/pip/announce.h"
#include "daemon/pip/evaluator.h"

namespace hrbridge::app {

// Who hears of findings and in what form: a card with a button "read" where callbacks are
// configured. `config` must outlive it.
pip::Announcer make_announcer(const Config& config);

// "; not compared: 2 no_team, 1 no_peers; 3 refused or waiting rows may be of these months"; empty
// when there is neither.
std::string not_compared_text(const model::Evaluation& evaluation);

// "2026-10 is not evaluated yet: mes/defect has been read until …".
std::string wait_text(const model::EvaluationWait& wait);

// Evaluates the rules now and writes the events for HR.
pip::EvaluationReport evaluate_findings(Services& services);

// Fills the metric of findings with those in force, so that it is there before the next evaluation.
void show_findings(Services& services);

// Sends what is due; an empty report when no WeCom application is configured.
jobs::DispatchReport dispatch_outbox(Services& services, const std::stop_token& stop);
// For the daemon's job: one dispatcher for all its runs, since it remembers a halt. Null when the
// configuration has no `wecom:`. `services` must outlive it.
std::shared_ptr<jobs::OutboxDispatcher> make_dispatcher(Services& services);

}  // namespace hrbridge::app
