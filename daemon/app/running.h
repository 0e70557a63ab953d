#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "daemon/app/services.h"
#include "daemon/jobs/scheduler.h"
#include "daemon/web/router.h"
#include "daemon/web/server.h"

namespace hrbridge::app {

// The jobs of a configuration: a sync for each mapping, findings, outbox, retention.
std::vector<jobs::ScheduledJob> make_jobs(Services& services);

// All that runs for one configuration; replaced as a whole by a reload.
class Running {
  public:
    explicit Running(std::unique_ptr<Services> services);
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running();

    Services& services() { return *services_; }
    jobs::Scheduler& scheduler() { return *scheduler_; }
    int port() const { return server_->port(); }

  private:
    std::unique_ptr<Services> services_;
    std::unique_ptr<web::Router> router_;
    std::unique_ptr<jobs::Scheduler> scheduler_;
    std::unique_ptr<web::Server> server_;
};

// Pages, /metrics, /live, /ready of these services.
std::unique_ptr<web::Router> make_router(Services& services);

}  // namespace hrbridge::app
