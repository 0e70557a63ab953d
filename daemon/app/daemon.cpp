#include "daemon/app/daemon.h"

#include <atomic>

#include <fmt/format.h>

#include "daemon/app/control.h"
#include "daemon/app/live.h"
#include "daemon/app/logs.h"
#include "daemon/app/notify.h"
#include "daemon/app/signals.h"

namespace hrbridge::app {
namespace {

constexpr std::chrono::seconds kStatusEvery{10};

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
        StopOnSignal signals([this] { reload_wanted_ = true; });
        LoadedServices loaded = load_services(config_file_, *log_, clock_, metrics_);
        for (const base::Fault& fault : loaded.faults) {
            output.error(fmt::format("{}: {}", fault.where, fault.what));
        }
        if (!loaded.services) {
            return Exit::Usage;
        }
        log_ = make_log(level_of(loaded.services->config.log_level));
        loaded = load_services(config_file_, *log_, clock_, metrics_);
        if (!loaded.services) {
            output.error("the configuration changed while it was read");
            return Exit::Usage;
        }
        const std::string socket = loaded.services->config.control_socket;
        Live live({config_file_, *log_, clock_, metrics_}, std::move(loaded.services));
        {
            const ControlServer control(
                socket,
                [&](const CommandLine& line, const ControlCall& call, Output& out) {
                    return live.command(line, call.input, call.actor, out, call.stop);
                },
                *log_);
            notifier_.ready();
            log_->notice("hrbridge runs",
                         {{"version", HRBRIDGE_VERSION}, {"port", std::to_string(live.port())}});
            watch(live, signals.token());
            notifier_.stopping();
        }
        log_->notice("hrbridge stops");
        return Exit::Done;
    }

  private:
    void watch(Live& live, const std::stop_token& stop) {
        const auto watchdog = notifier_.watchdog_interval();
        const std::chrono::nanoseconds step =
            watchdog ? std::chrono::nanoseconds(*watchdog) / 2 : kStatusEvery;
        std::int64_t beat = -1;
        while (!stop.stop_requested()) {
            const std::int64_t now = live.scheduler().heartbeat();
            if (now != beat) {
                notifier_.alive();  // only while the scheduler makes progress
                beat = now;
            }
            notifier_.status(status(live.scheduler()));
            clock_.sleep(std::min<std::chrono::nanoseconds>(step, std::chrono::seconds(1)), stop);
            if (reload_wanted_.exchange(false)) {
                notifier_.reloading();
                live.reload();
                notifier_.ready();
            }
        }
    }

    static std::string status(jobs::Scheduler& scheduler) {
        const auto names = scheduler.running();
        if (names.empty()) {
            return "waiting for the next job";
        }
        std::string text = "running";
        for (const std::string& name : names) {
            text += " " + name;
        }
        return text;
    }

    std::string config_file_;
    std::unique_ptr<base::Log> log_ = make_log(base::Level::Info);
    base::SystemClock clock_;
    monitoring::Metrics metrics_;
    ServiceNotifier notifier_;
    std::atomic<bool> reload_wanted_ = false;
};

}  // namespace

Exit run_daemon(const std::string& config_file, Output& output) {
    return Daemon(config_file).run(output);
}

}  // namespace hrbridge::app
