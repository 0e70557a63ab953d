#include "daemon/app/daemon.h"

#include <atomic>
#include <mutex>

#include <fmt/format.h>

#include "daemon/app/control.h"
#include "daemon/app/logs.h"
#include "daemon/app/notify.h"
#include "daemon/app/running.h"
#include "daemon/app/signals.h"
#include "daemon/app/store_commands.h"

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
        if (!prepare_store(*loaded.services, output)) {
            return Exit::Failed;
        }
        const std::string socket = loaded.services->config.control_socket;
        running_ = std::make_unique<Running>(std::move(loaded.services));
        {
            const ControlServer control(
                socket,
                [&](const CommandLine& line,
                    const std::string& input,
                    const std::string& actor,
                    Output& out) { return command(line, input, actor, out, signals.token()); },
                *log_);
            notifier_.ready();
            log_->notice(
                "hrbridge runs",
                {{"version", HRBRIDGE_VERSION}, {"port", std::to_string(running_->port())}});
            watch(signals.token());
            notifier_.stopping();
        }
        running_.reset();
        log_->notice("hrbridge stopped");
        return Exit::Done;
    }

  private:
    static bool prepare_store(const Services& services, Output& output) {
        const auto connection = services.store->connect();
        const int version = store::schema_version(*connection);
        if (version != 0 && version < store::newest_schema_version()) {
            output.error(
                "the store is of an older version; back it up and run: hrbridge store upgrade");
            return false;
        }
        store::migrate(*connection);
        return true;
    }

    // Commands look at the services that hold at the time; a reload waits until they are done.
    Exit command(const CommandLine& line,
                 const std::string& input,
                 const std::string& actor,
                 Output& out,
                 const std::stop_token& stop) {
        const std::lock_guard lock(mutex_);
        if (!running_ || !is_store_command(line.command)) {
            out.error("the daemon does not take this command");
            return Exit::Usage;
        }
        return run_store_command({running_->services(), line, input, actor, out, stop});
    }

    void watch(const std::stop_token& stop) {
        const auto watchdog = notifier_.watchdog_interval();
        const std::chrono::nanoseconds step =
            watchdog ? std::chrono::nanoseconds(*watchdog) / 2 : kStatusEvery;
        std::int64_t beat = -1;
        while (!stop.stop_requested()) {
            const std::int64_t now = running_->scheduler().heartbeat();
            if (now != beat) {
                notifier_.alive();  // only while the scheduler makes progress
                beat = now;
            }
            notifier_.status(status());
            clock_.sleep(std::min<std::chrono::nanoseconds>(step, std::chrono::seconds(1)), stop);
            if (reload_wanted_.exchange(false)) {
                reload();
            }
        }
    }

    std::string status() {
        const auto names = running_->scheduler().running();
        if (names.empty()) {
            return "waiting for the next job";
        }
        std::string text = "running";
        for (const std::string& name : names) {
            text += " " + name;
        }
        return text;
    }

    void reload() {
        notifier_.reloading();
        LoadedServices loaded = load_services(config_file_, *log_, clock_, metrics_);
        for (const base::Fault& fault : loaded.faults) {
            log_->error("configuration fault", {{"where", fault.where}, {"what", fault.what}});
        }
        if (loaded.services) {
            const std::lock_guard lock(mutex_);
            running_.reset();
            running_ = std::make_unique<Running>(std::move(loaded.services));
            log_->notice("configuration reloaded");
        } else {
            log_->error("the new configuration has faults; the old one stays in force");
        }
        notifier_.ready();
    }

    std::string config_file_;
    std::unique_ptr<base::Log> log_ = make_log(base::Level::Info);
    base::SystemClock clock_;
    monitoring::Metrics metrics_;
    ServiceNotifier notifier_;
    std::mutex mutex_;
    std::unique_ptr<Running> running_;
    std::atomic<bool> reload_wanted_ = false;
};

}  // namespace

Exit run_daemon(const std::string& config_file, Output& output) {
    return Daemon(config_file).run(output);
}

}  // namespace hrbridge::app
