#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "daemon/app/services.h"
#include "daemon/jobs/scheduler.h"
#include "daemon/web/router.h"
#include "daemon/web/server.h"

namespace hrbridge::app {

// The jobs of a configuration: a sync for each mapping, findings, outbox, retention.
std::vector<jobs::ScheduledJob> make_jobs(Services& services);

// The listener's settings of a configuration.
web::ServerOptions server_options(const WebConfig& config);

// The answer of a listener behind which nothing runs: 503.
web::Response answer_unavailable(const web::Request& request);

// All that runs for one configuration: its jobs, and its pages on a listener that outlives it.
// Replaced as a whole by a reload.
class Running {
  public:
    Running(std::shared_ptr<Services> services, web::Server& server);
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running();

    Services& services() { return *services_; }
    jobs::Scheduler& scheduler() { return *scheduler_; }

  private:
    std::shared_ptr<Services> services_;
    web::Server& server_;
    std::stop_source stop_;
    std::unique_ptr<jobs::Scheduler> scheduler_;
    std::unique_ptr<web::Router> router_;
};

// Pages, callbacks, /metrics, /live, /ready of these services.
// `stop` ends what a page has under way.
std::unique_ptr<web::Router> make_router(Services& services,
                                         jobs::Scheduler& scheduler,
                                         const std::stop_token& stop);

}  // namespace hrbridge::app
