#include "daemon/app/daemon.h"

#include <atomic>
#include <exception>
#include <future>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "daemon/app/control.h"
#include "daemon/app/live.h"
#include "daemon/app/local_services.h"
#include "daemon/app/logs.h"
#include "daemon/app/notify.h"
#include "daemon/app/recent_log.h"
#include "daemon/app/reload_request.h"
#include "daemon/app/seal_faults.h"
#include "daemon/app/signals.h"
#include "daemon/app/stop_limit.h"
#include "daemon/app/store_place.h"

namespace hrbridge::app {
namespace {

constexpr std::chrono::seconds kStatusEvery{10};
constexpr std::chrono::minutes kCertificateEvery{1};
// A reload waits for the old jobs; one that takes longer than the longest statement may is stuck.
constexpr std::chrono::minutes kLongestReload{15};

base::Level level_of(const std::string& word) {
    if (word == "debug") {
        return base::Level::Debug;
    }
    if (word == "notice") {
        return base::Level::Notice;
    }
    if (word == "warning") {
        return base::Level::Warning;
    }
    return word == "error" ? base::Level::Error : base::Level::Info;
}

class Daemon {
  public:
    explicit Daemon(std::string config_file) : config_file_(std::move(config_file)) {}

    Exit run(Output& output) {
        StopOnSignal signals([this] { reload_.ask(); });
        LoadedServices loaded = load_services(config_file_, *log_, clock_, metrics_);
        print_faults(loaded.faults, output);
        if (!loaded.services) {
            return Exit::Usage;
        }
        if (const base::Faults away = store_place_faults(loaded.services->config); !away.empty()) {
            print_faults(away, output);
            return Exit::Failed;
        }
        if (const base::Faults wrong = seal_faults(*loaded.services); !wrong.empty()) {
            print_faults(wrong, output);
            return Exit::Usage;
        }
        log_ = std::make_unique<RecentLog>(make_log(level_of(loaded.services->config.log_level)));
        loaded = load_services(config_file_, *log_, clock_, metrics_);
        if (!loaded.services) {
            output.error("the configuration changed while it was read");
            return Exit::Usage;
        }
        const std::string socket = loaded.services->config.control_socket;
        std::optional<StopLimit> limit;
        std::jthread pinging;  // until the end, which `limit` sees to
        {
            std::optional<Live> held;  // begins behind the control socket and ends after it
            std::atomic<const Live*> started = nullptr;
            std::jthread ending;  // beside the commands, which end with their server
            // First of all: a second daemon must be refused before it touches store and pages.
            const ControlServer control(
                socket,
                [&](const CommandLine& line, const ControlCall& call, Output& out) {
                    const Live* const ready = started;
                    if (ready == nullptr) {
                        out.error("the daemon is starting; try again");
                        return Exit::Failed;
                    }
                    if (line.command == "reload") {
                        return reload(out, call.stop);
                    }
                    return ready->command(line, call.input, call.actor, out, call.stop);
                },
                *log_);
            Live& live =
                held.emplace(Live::Parts{config_file_, *log_, clock_, metrics_, log_.get()},
                             std::move(loaded.services));
            started = &live;
            notifier_.ready();
            log_->notice("hrbridge runs",
                         {{"version", HRBRIDGE_VERSION}, {"port", std::to_string(live.port())}});
            std::future<bool> reload = watch(live, signals.token());
            limit.emplace(*log_, kStopWithin);
            notifier_.stopping();
            pinging = keep_alive();
            join(std::move(reload));
            reload_.close();
            ending = std::jthread([&live] { live.end_jobs(); });
        }
        log_->notice("hrbridge stops");
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        return Exit::Done;
    }

  private:
    std::chrono::nanoseconds step() const {
        const auto watchdog = notifier_.watchdog_interval();
        return std::min<std::chrono::nanoseconds>(
            watchdog ? std::chrono::nanoseconds(*watchdog) / 2 : kStatusEvery,
            std::chrono::seconds(1));
    }

    // Until a stop is asked for, or a reload leaves nothing that can go on. Gives the reload that
    // is under way then; its destructor waits.
    std::future<bool> watch(Live& live, const std::stop_token& stop) {
        std::int64_t beat = -1;
        std::future<bool> reload;
        std::chrono::nanoseconds began{};
        std::chrono::nanoseconds renewed = clock_.monotonic();
        while (!stop.stop_requested() && !failure_) {
            const std::int64_t now = live.heartbeat();
            const bool reloads = reload.valid();
            // Only while the scheduler makes progress; in a reload it may rest for a time.
            if (now != beat || (reloads && clock_.monotonic() - began < kLongestReload)) {
                notifier_.alive();
                beat = now;
            }
            notifier_.status(status(live.jobs_under_way(), reloads));
            clock_.sleep(step(), stop);
            if (reloads && reload.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
                end_reload(live, reload);
            }
            if (!reload.valid() && reload_.take()) {
                notifier_.reloading();
                began = clock_.monotonic();
                reload =
                    std::async(std::launch::async, [&live, stop] { return live.reload(stop); });
            }
            if (!reload.valid() && clock_.monotonic() - renewed >= kCertificateEvery) {
                live.renew_certificate();
                renewed = clock_.monotonic();
            }
        }
        return reload;
    }

    void end_reload(const Live& live, std::future<bool>& reload) {
        const bool in_force = join(std::move(reload));
        reload_.answer({in_force, live.refusal()});
        notifier_.ready();
    }

    Exit reload(Output& output, const std::stop_token& stop) {
        const std::optional<ReloadAnswer> answer = reload_.ask_and_wait(stop);
        if (!answer) {
            output.error("the daemon stops; nothing was reloaded");
            return Exit::Failed;
        }
        if (!answer->in_force) {
            for (const std::string& fault : answer->refusal) {
                output.error(fault);
            }
            output.error("the new configuration cannot be used; the old one stays in force");
            return Exit::Usage;
        }
        output.line("the new configuration is in force");
        return Exit::Done;
    }

    // Whether the new configuration is in force.
    bool join(std::future<bool> reload) {
        try {
            return reload.valid() && reload.get();
        } catch (...) {
            failure_ = std::current_exception();
            return false;
        }
    }

    // Feeds the watchdog while the daemon stops: how long that may take, StopLimit says.
    std::jthread keep_alive() {
        return std::jthread([this](const std::stop_token& ended) {
            do {
                notifier_.alive();
            } while (clock_.sleep(step(), ended));
        });
    }

    static std::string status(const std::vector<std::string>& jobs, bool reloads) {
        std::string text = reloads ? "reading the configuration again" : "";
        if (jobs.empty()) {
            return reloads ? text : "waiting for the next job";
        }
        text += reloads ? ", running" : "running";
        for (const std::string& name : jobs) {
            text += " " + name;
        }
        return text;
    }

    std::string config_file_;
    std::unique_ptr<RecentLog> log_ = std::make_unique<RecentLog>(make_log(base::Level::Info));
    base::SystemClock clock_;
    monitoring::Metrics metrics_;
    ServiceNotifier notifier_;
    ReloadRequest reload_;
    std::exception_ptr failure_;  // of a reload that left nothing
};

}  // namespace

Exit run_daemon(const std::string& config_file, Output& output) {
    return Daemon(config_file).run(output);
}

}  // namespace hrbridge::app
