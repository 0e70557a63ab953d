#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "daemon/app/services.h"
#include "daemon/jobs/scheduler.h"
#include "daemon/web/router.h"
#include "daemon/web/server.h"

namespace hrbridge::app {

// The jobs of a configuration: a sync for each mapping, findings, outbox, retention,
// verification of the ledger.
std::vector<jobs::ScheduledJob> make_jobs(Services& services);
// Their names.
std::set<std::string> job_names(Services& services);

// The listener's settings of a configuration.
web::ServerOptions server_options(const WebConfig& config);

// The answer of a listener behind which nothing runs yet: 503, and none at all to what would change
// something, so that a callback is delivered again.
web::Response answer_unavailable(const web::Request& request);

// All that runs for one configuration: its jobs and its pages. Replaced as a whole by a reload.
class Running {
  public:
    // Starts the jobs.
    explicit Running(std::shared_ptr<Services> services);
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    // No request may use the pages any more.
    ~Running() = default;

    jobs::Scheduler& scheduler() { return *scheduler_; }
    // Answers requests for as long as this lives, behind the end of the jobs too.
    web::RequestHandler pages();
    const std::vector<web::Route>& routes() const { return router_->routes(); }
    // Asks the jobs to stop and waits for them.
    void end_jobs();
    bool has_jobs() const { return has_jobs_; }
    // Asks what a page has under way to stop.
    void end_pages() { stop_.request_stop(); }

  private:
    std::shared_ptr<Services> services_;
    std::stop_source stop_;
    std::atomic<bool> has_jobs_ = true;
    std::unique_ptr<jobs::Scheduler> scheduler_;
    std::unique_ptr<web::Router> router_;
};

// Pages, callbacks, /metrics, /live, /ready of these services.
// `stop` ends what a page has under way.
std::unique_ptr<web::Router> make_router(Services& services,
                                         jobs::Scheduler& scheduler,
                                         const std::stop_token& stop);

}  // namespace hrbridge::app
