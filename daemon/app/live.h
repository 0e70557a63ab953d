#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "daemon/app/cli.h"
#include "daemon/app/output.h"
#include "daemon/app/recent_log.h"
#include "daemon/app/running.h"
#include "daemon/app/services.h"
#include "daemon/app/terminal_listeners.h"
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
        const RecentLog* recent = nullptr;
    };
    // Throws base::SystemError when the store or the web address cannot be used.
    Live(const Parts& parts, std::unique_ptr<Services> services);
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;
    // Pages and callbacks are answered until the jobs have ended.
    ~Live();

    // Reads the configuration again and puts it in force. False when it has faults, its store does
    // not answer or its web address cannot be taken: the log says so and the old one stays. False
    // too when `stop` was requested meanwhile: then no jobs are started any more. Pages and
    // callbacks are answered all the while, by the old configuration until the new one holds.
    // Throws when the old one cannot go on either. One caller at a time.
    bool reload(const std::stop_token& stop = {});
    // Why the last reload left the old configuration in force, a fault each. Not beside reload().
    const std::vector<std::string>& refusal() const { return refusal_; }
    // Shows the certificate of the pages anew when its files hold another one. When they cannot be
    // used the log says so, once for each reason, and the old one stays. Not beside reload().
    void renew_certificate();
    // Asks the jobs to stop and waits for them. Not beside reload().
    void end_jobs();
    // Runs a command of the control socket. Thread-safe; it keeps the services that hold at its
    // start, a reload does not wait for it.
    Exit command(const CommandLine& line,
                 const std::string& input,
                 const std::string& actor,
                 Output& output,
                 const std::stop_token& stop) const;

    // Thread-safe: those of the configuration that holds at the moment.
    std::int64_t heartbeat() const { return running()->scheduler().heartbeat(); }
    std::vector<std::string> jobs_under_way() const { return running()->scheduler().running(); }
    bool run_now(const std::string& job) { return running()->scheduler().run_now(job); }
    // What the listener of the pages serves.
    std::vector<web::Route> routes() const { return running()->routes(); }
    // Not beside reload().
    int port() const { return server_->port(); }
    int terminal_port(const std::string& host, int port) const {
        return terminals_.port(host, port);
    }

  private:
    std::shared_ptr<Services> services() const;
    std::shared_ptr<Running> running() const;
    bool put_in_force(const std::shared_ptr<Services>& next, const std::stop_token& stop);
    // How the listener becomes that of the next configuration; none of them: it stays.
    struct Listener {
        std::unique_ptr<web::Server> fresh;         // at another address
        std::optional<web::ServerOptions> again;    // at the same one, e.g. with TLS now
        std::optional<web::ServerOptions> renewed;  // the files of its certificate
    };
    std::shared_ptr<Running> start_instead(const std::shared_ptr<Services>& next,
                                           const Listener& listener);
    void show(std::shared_ptr<Running> next, std::unique_ptr<web::Server> fresh);
    Listener next_listener(const web::ServerOptions& options);
    void tell_what_waits(const Config& next) const;
    void tell_certificate() const;

    Parts parts_;
    base::Timestamp since_;
    std::vector<std::string> refusal_;
    std::string certificate_fault_;  // of the last look at its files
    mutable std::mutex mutex_;
    std::shared_ptr<Services> services_;
    std::shared_ptr<Running> running_;
    std::unique_ptr<web::Server> server_;  // ends early: its requests use the pages
    TerminalListeners terminals_;
};

}  // namespace hrbridge::app
