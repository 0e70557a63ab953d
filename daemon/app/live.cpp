#include "daemon/app/live.h"

#include <utility>

#include <unistd.h>

#include "daemon/app/findings_job.h"
#include "daemon/app/seal_faults.h"
#include "daemon/app/store_commands.h"
#include "daemon/store/seal_check.h"
#include "monitoring/state_metrics.h"

namespace hrbridge::app {
namespace {

// An empty store is made; one of an older version is a person's to upgrade, after a backup.
void prepare_store(const Services& services) {
    const auto connection = services.store->connect();
    const int version = store::schema_version(*connection);
    if (version != 0 && version < store::newest_schema_version()) {
        throw base::StoreError("schema",
                               base::Remedy::Stop,
                               "the store is of an older version; run: hrbridge store upgrade (it "
                               "makes a backup first)");
    }
    store::migrate(*connection);
    if (services.keys) {
        store::use_seal_key(*connection, *services.keys, services.clock.now());
    }
}

// A port that is taken is told with its key: the address alone says nothing to who never set it.
std::unique_ptr<web::Server> make_server(const web::ServerOptions& options,
                                         web::RequestHandler handler,
                                         base::Log& log) {
    try {
        return std::make_unique<web::Server>(options, std::move(handler), log);
    } catch (const base::SystemError& error) {
        if (error.code() != "EADDRINUSE") {
            throw;
        }
        throw base::SystemError(
            error.system(), error.code(), error.remedy(), std::string("web.port: ") + error.what());
    }
}

void show_terminals(Services& services) {
    if (services.terminals) {
        services.terminals->show_contacts();
    }
}

}  // namespace

Live::Live(const Parts& parts, std::unique_ptr<Services> services)
    : parts_(parts),
      since_(parts.clock.now()),
      services_(std::move(services)),
      terminals_(parts.log) {
    prepare_store(*services_);
    show_findings(*services_);
    server_ = make_server(server_options(services_->config.web), answer_unavailable, parts_.log);
    show_terminals(*services_);
    terminals_.prepare(*services_);
    running_ = std::make_shared<Running>(services_);
    server_->replace(running_->pages());
    terminals_.show(services_);
    tell_certificate();
}

Live::~Live() {
    end_jobs();
    running_->end_pages();
}

std::shared_ptr<Services> Live::services() const {
    const std::lock_guard lock(mutex_);
    return services_;
}

std::shared_ptr<Running> Live::running() const {
    const std::lock_guard lock(mutex_);
    return running_;
}

void Live::end_jobs() {
    running()->end_jobs();
}

Exit Live::command(const CommandLine& line,
                   const std::string& input,
                   const std::string& actor,
                   Output& output,
                   const std::stop_token& stop) const {
    if (!is_store_command(line.command)) {
        output.error("the daemon does not take this command");
        return Exit::Usage;
    }
    const std::shared_ptr<Services> held = services();
    return run_store_command({*held,
                              line,
                              input,
                              actor,
                              output,
                              stop,
                              DaemonProcess{::getpid(), since_, parts_.recent}});
}

bool Live::reload(const std::stop_token& stop) {
    refusal_.clear();
    try {
        LoadedServices loaded =
            load_services(parts_.config_file, parts_.log, parts_.clock, parts_.metrics);
        if (loaded.services) {
            loaded.faults = seal_faults(*loaded.services);
        }
        for (const base::Fault& fault : loaded.faults) {
            parts_.log.error("configuration fault", {{"where", fault.where}, {"what", fault.what}});
            refusal_.push_back(fault.where + ": " + fault.what);
        }
        if (!loaded.faults.empty()) {
            parts_.log.error("the new configuration has faults; the old one stays in force");
            return false;
        }
        tell_what_waits(loaded.services->config);
        if (!put_in_force(std::move(loaded.services), stop)) {
            return false;
        }
    } catch (const std::exception& error) {
        if (!running_->has_jobs() || !server_->listening()) {
            throw;
        }
        parts_.log.error("the new configuration cannot be used; the old one stays in force",
                         {{"error", error.what()}});
        refusal_.emplace_back(error.what());
        return false;
    }
    parts_.log.notice("configuration reloaded");
    return true;
}

void Live::tell_what_waits(const Config& next) const {
    const auto tell = [&](const char* key, const std::string& now, const std::string& then) {
        if (now != then) {
            parts_.log.warning("a changed setting takes effect at the next start", {{"key", key}});
        }
    };
    const Config& now = services_->config;
    tell("control_socket", now.control_socket, next.control_socket);
    tell("log_level", now.log_level, next.log_level);
}

// Of the certificate that is shown from now on; without one there is no end to be told.
void Live::tell_certificate() const {
    auto& ends = monitoring::StateMetrics(parts_.metrics).certificate_end_seconds;
    auto& end = ends.Add({{"certificate", "web"}});
    if (const auto at = server_->certificate_end()) {
        end.Set(std::chrono::duration<double>(at->time_since_epoch()).count());
    } else {
        ends.Remove(&end);
    }
}

void Live::renew_certificate() {
    if (server_->options().certificate.empty()) {
        return;
    }
    try {
        if (server_->renew_certificate(server_->options())) {
            tell_certificate();
            parts_.log.notice("a new certificate is shown");
        }
        certificate_fault_.clear();
    } catch (const base::SystemError& error) {
        if (std::exchange(certificate_fault_, error.what()) != error.what()) {
            parts_.log.error("the new certificate cannot be used; the old one stays",
                             {{"error", error.what()}});
        }
    }
}

// Nothing is changed yet, but that a new address is taken.
Live::Listener Live::next_listener(const web::ServerOptions& options) {
    const char* keys = "web.certificate, web.key";
    try {
        web::check_certificate(options);
        if (server_->listens_as(options)) {
            return options.certificate.empty() ? Listener() : Listener{nullptr, {}, options};
        }
        keys = "web.host, web.port";
        const web::ServerOptions& present = server_->options();
        if (present.host == options.host && present.port == options.port) {
            return {nullptr, options, {}};
        }
        return {make_server(options, running_->pages(), parts_.log), {}, {}};
    } catch (const base::SystemError& error) {
        parts_.log.error("the new web address cannot be used",
                         {{"key", keys}, {"error", error.what()}});
        throw;
    }
}

bool Live::put_in_force(const std::shared_ptr<Services>& next, const std::stop_token& stop) {
    prepare_store(*next);
    show_findings(*next);
    const std::shared_ptr<Running> before = running_;  // outlives a listener that shows its pages
    Listener listener = next_listener(server_options(next->config.web));
    show_terminals(*next);
    terminals_.prepare(*next);
    // Jobs of both must not run side by side: the old ones end their batches first.
    before->end_jobs();
    if (stop.stop_requested()) {
        return false;
    }
    std::shared_ptr<Running> started = start_instead(next, listener);
    show(std::move(started), std::move(listener.fresh));
    terminals_.show(next);
    tell_certificate();
    const std::lock_guard lock(mutex_);
    services_ = next;
    return true;
}

// When the new jobs cannot start, or the listener cannot change behind that, the old ones go on.
std::shared_ptr<Running> Live::start_instead(const std::shared_ptr<Services>& next,
                                             const Listener& listener) {
    try {
        auto started = std::make_shared<Running>(next);
        if (listener.again) {
            server_->listen_again(*listener.again);
        }
        if (listener.renewed) {
            server_->renew_certificate(*listener.renewed);
        }
        return started;
    } catch (...) {
        show(std::make_shared<Running>(services_), nullptr);
        throw;
    }
}

// Requests go over to the next pages without a gap; those under way end on the old ones.
void Live::show(std::shared_ptr<Running> next, std::unique_ptr<web::Server> fresh) {
    const std::shared_ptr<Running> before = running_;
    {
        const std::lock_guard lock(mutex_);
        running_ = std::move(next);
    }
    before->end_pages();
    server_->replace(running_->pages());
    if (fresh) {
        fresh->replace(running_->pages());
        server_ = std::move(fresh);
    }
}

}  // namespace hrbridge::app
