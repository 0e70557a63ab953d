#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "daemon/app/cli.h"
#include "daemon/app/output.h"
#include "daemon/app/running.h"
#include "daemon/app/services.h"
#include "daemon/web/server.h"

namespace hrbridge::app {

// What holds at the time: the services of the configuration in force, their jobs and pages, and the
// listener, which stays over reloads as long as its address does.
class Live {
  public:
    struct Parts {
        std::string config_file;
        base::Log& log;
        base::Clock& clock;
        monitoring::Metrics& metrics;
    };
    // Throws base::SystemError when the store or the web address cannot be used.
    Live(const Parts& parts, std::unique_ptr<Services> services);
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;
    ~Live() = default;

    // Reads the configuration again and puts it in force. False when it has faults, its store does
    // not answer or its web address cannot be taken: the log says so and the old one stays. Throws
    // when the old one cannot go on either.
    bool reload();
    // Runs a command of the control socket. Thread-safe; it keeps the services that hold at its
    // start, a reload does not wait for it.
    Exit command(const CommandLine& line,
                 const std::string& input,
                 const std::string& actor,
                 Output& output,
                 const std::stop_token& stop) const;

    // For the thread that reloads.
    jobs::Scheduler& scheduler() { return running_->scheduler(); }
    int port() const { return server_->port(); }

  private:
    std::shared_ptr<Services> services() const;
    void put_in_force(std::shared_ptr<Services> next);
    std::unique_ptr<web::Server> new_listener(const web::ServerOptions& options);
    void tell_what_waits(const Config& next) const;

    Parts parts_;
    mutable std::mutex mutex_;
    std::shared_ptr<Services> services_;
    std::unique_ptr<web::Server> server_;
    std::unique_ptr<Running> running_;
};

}  // namespace hrbridge::app
