#pragma once

#include "daemon/app/services.h"
#include "daemon/jobs/outbox_dispatcher.h"
#include "daemon/pip/evaluator.h"

namespace hrbridge::app {

// Evaluates the rules now and writes the events for HR.
pip::EvaluationReport evaluate_findings(Services& services);

// Sends what is due; an empty report when no WeCom application is configured.
jobs::DispatchReport dispatch_outbox(Services& services, const std::stop_token& stop);

}  // namespace hrbridge::app
