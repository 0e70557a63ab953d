#include "daemon/app/demo/demo.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/app/demo/arrivals.h"
#include "daemon/app/demo/files.h"
#include "daemon/app/demo/site.h"
#include "daemon/app/findings_job.h"
#include "daemon/app/logs.h"
#include "daemon/app/running.h"
#include "daemon/app/signals.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "daemon/pip/explain.h"
#include "daemon/store/repositories.h"
#include "daemon/web/passwords.h"

namespace hrbridge::app::demo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostMessages = 10'000;

int free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(probe);
    return ntohs(address.sin_port);
}

// The live store and rehearsals beside it.
void remove_stores(const fs::path& folder) {
    std::vector<fs::path> stores;
    for (const fs::directory_entry& each : fs::directory_iterator(folder)) {
        if (each.path().filename().string().starts_with("hr.db")) {
            stores.push_back(each.path());
        }
    }
    for (const fs::path& store : stores) {
        fs::remove(store);
    }
}

// A folder of the caller's that is empty or holds an earlier demo, or a temporary one.
std::string choose_folder(const CommandLine& line) {
    const std::string wanted = line.option("folder");
    if (wanted.empty()) {
        std::string name = (fs::temp_directory_path() / "hrbridge-demo-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("cannot make a temporary folder");
        }
        return name;
    }
    const fs::path folder = fs::absolute(wanted);
    fs::create_directories(folder);
    // What a demo made is told by its own file: a real installation must not be taken for one.
    const fs::path mark = folder / ".hrbridge-demo";
    if (!fs::is_empty(folder) && !fs::exists(mark)) {
        throw std::runtime_error(folder.string() + " holds other files; name an empty folder");
    }
    std::ofstream(mark).put('\n');
    remove_stores(folder);
    return folder.string();
}

struct DemoAccount {
    const char* name;
    const char* role_word;
    model::Role role;
    std::optional<std::string> wecom_userid;
    std::string password = {};
};

class Demo {
  public:
    Demo(const CommandLine& line, Output& output)
        : line_(line),
          output_(output),
          folder_(choose_folder(line)),
          temporary_(line.option("folder").empty()),
          company_(make_company(static_cast<std::uint64_t>(line.number("seed", 1)), today())) {}
    Demo(const Demo&) = delete;
    Demo& operator=(const Demo&) = delete;
    ~Demo() {
        if (temporary_) {
            std::error_code ignored;
            fs::remove_all(folder_, ignored);
        }
    }

    Exit run() {
        if (line_.has("site") && temporary_) {
            output_.error("--site keeps what it makes: name a --folder");
            return Exit::Usage;
        }
        const StopOnSignal signals;
        const int port = static_cast<int>(line_.number("port", free_port()));
        output_.line(fmt::format("Making a manufacturer of {} people (seed {}) in {}",
                                 company_.people.size(),
                                 company_.seed,
                                 folder_));
        site_ = std::make_unique<Site>(company_, folder_, port, clock_, *log_);
        LoadedServices loaded = load_services(site_->config_file(), *log_, clock_, metrics_);
        for (const base::Fault& fault : loaded.faults) {
            output_.error(fmt::format("{}: {}", fault.where, fault.what));
        }
        if (!loaded.services) {
            return Exit::Usage;
        }
        Services& services = *loaded.services;
        store::migrate(*services.store->connect());
        if (line_.has("site")) {
            return Exit::Done;
        }
        add_accounts(services);
        if (!sync(services, signals.token())) {
            return Exit::Failed;
        }
        const pip::EvaluationReport report = evaluate_findings(services);
        dispatch_outbox(services, signals.token());
        const bool good = summarise(services, report);
        if (line_.has("once")) {
            return good ? Exit::Done : Exit::FaultsFound;
        }
        serve(std::move(loaded.services), signals);
        return good ? Exit::Done : Exit::FaultsFound;
    }

  private:
    base::Date today() const { return base::Zone::find("Asia/Shanghai")->date_of(clock_.now()); }

    void add_accounts(Services& services) {
        const auto connection = services.store->connect();
        store::AccountRepository accounts(*connection);
        for (DemoAccount& each : accounts_) {
            each.password = base::random_id().substr(0, 16);
            model::Account account;
            account.name = each.name;
            account.role = each.role;
            account.password_hash = web::hash_password(each.password);
            account.wecom_userid = each.wecom_userid;
            accounts.add(account, clock_.now());
        }
    }

    bool sync(Services& services, const std::stop_token& stop) {
        output_.line(
            "\nSyncing ERP and MES (ODBC), attendance (HTTP), check-ins (WeCom) and a terminal "
            "(CSV) into the HR store");
        jobs::SyncRunner runner = services.make_runner();
        for (const engine::Mapping& mapping : services.mappings) {
            jobs::SyncOptions options;
            options.progress = [&](const jobs::Progress& progress) {
                output_.progress(fmt::format("  {}: {} rows, {:.0f} rows/s",
                                             mapping.name,
                                             progress.rows_read,
                                             progress.rows_per_second));
            };
            const jobs::SyncReport report = runner.run(mapping, options, stop);
            output_.line(
                fmt::format("  {:<28} {:>7} read {:>7} stored {:>3} rejected {:>3} held  {:.1f} s",
                            mapping.name,
                            report.rows_read,
                            report.inserted + report.updated,
                            report.rows_rejected(),
                            report.rows_held() - report.released,
                            report.seconds));
            if (report.outcome != jobs::SyncOutcome::Done) {
                output_.error(fmt::format("  {}: {}{}",
                                          to_string(report.outcome),
                                          report.error,
                                          jobs::to_text(report.faults)));
                return false;
            }
        }
        return true;
    }

    bool summarise(Services& services, const pip::EvaluationReport& report) {
        const bool rows_good = compare_rejects(services);
        const bool findings_good = compare_findings(services, report);
        const bool cards_good = compare_deliveries(services, report);
        return rows_good && findings_good && cards_good;
    }

    bool compare_rejects(Services& services) {
        output_.line("\nDirty rows: planted, and found in the rejects");
        PlantedFaults found;
        const auto connection = services.store->connect();
        for (const auto& count : store::RejectRepository(*connection).counts()) {
            found[{count.mapping, count.rule}] += count.rows;
        }
        bool good = found == site_->planted();
        for (const auto& [place, rows] : site_->planted()) {
            const auto got = found.count(place) > 0 ? found.at(place) : 0;
            output_.line(fmt::format("  {} {:<24} {:<7} planted {} found {}  {}",
                                     got == rows ? "✓" : "✗",
                                     place.first,
                                     place.second,
                                     rows,
                                     got,
                                     fault_name(place.first, place.second)));
        }
        for (const auto& [place, rows] : found) {
            if (site_->planted().count(place) == 0) {
                output_.line(fmt::format(
                    "  ✗ {:<24} {:<7} not planted, found {}", place.first, place.second, rows));
            }
        }
        return good;
    }

    bool compare_findings(Services& services, const pip::EvaluationReport& report) {
        output_.line(fmt::format("\nFindings for {}", base::to_string(report.period).substr(0, 7)));
        const auto connection = services.store->connect();
        store::FindingRepository findings(*connection);
        std::set<std::string> warned;
        bool weak_watched = false;
        std::int64_t watches = 0;
        for (const model::Finding& finding : report.findings) {
            const auto employee = findings.employee(finding.spell_id);
            if (finding.level == model::FindingLevel::Warning) {
                warned.insert(employee->employee_no);
                output_.line(
                    pip::explain(finding, employee->employee_no + " " + employee->name, "zh"));
            } else {
                ++watches;
                weak_watched = weak_watched || employee->employee_no == company_.planted.weak;
            }
        }
        for (const model::Evaluation& rule : report.rules) {
            output_.line(
                fmt::format("  {}: {} people looked at, {} with too few data; {} warnings (chance "
                            "alone: at most {}), {} watches (chance alone: at most {}){}",
                            rule.rule,
                            rule.people,
                            rule.too_few_data,
                            rule.warnings,
                            pip::at_most(std::stod(rule.chance_warnings), 4),
                            rule.watches,
                            pip::at_most(std::stod(rule.chance_watches), 4),
                            not_compared_text(rule)));
        }
        const std::set<std::string> planted{company_.planted.heavy};
        output_.line(fmt::format(
            "  planted: {} at 8 % defects and 105 % output {}; {} with three weak months by chance "
            "{}",
            company_.planted.heavy,
            warned.count(company_.planted.heavy) > 0 ? "was warned of ✓" : "was NOT warned of ✗",
            company_.planted.weak,
            warned.count(company_.planted.weak) > 0 ? "was warned of ✗"
            : weak_watched                          ? "is only watched ✓"
                                                    : "was not warned of ✓"));
        for (const std::string& other : warned) {
            if (planted.count(other) == 0) {
                output_.line(fmt::format("  ✗ {} was warned of and not planted", other));
            }
        }
        return warned == planted;
    }

    // Each warning as a card to each receiver, and each message of the outbox with its receiver.
    bool compare_deliveries(Services& services, const pip::EvaluationReport& report) {
        output_.line("\nWeCom (sandbox)");
        const auto received = site_->sandbox().deliveries();
        for (const auto& delivery : received) {
            const auto message = nlohmann::json::parse(delivery.message, nullptr, false);
            const auto& title = message["template_card"]["main_title"]["title"];
            output_.line(
                fmt::format("  {} received: {}",
                            delivery.userid,
                            title.is_string() ? title.get<std::string>() : delivery.message));
        }
        const auto connection = services.store->connect();
        const auto written = store::OutboxRepository(*connection).list("", kMostMessages);
        const auto missing = not_arrived(written, received);
        for (const std::string& each : missing) {
            output_.line("  ✗ " + each);
        }
        const auto cards = std::count_if(written.begin(), written.end(), [](const auto& event) {
            return event.kind == "warning_card";
        });
        const auto warnings =
            std::count_if(report.findings.begin(), report.findings.end(), [](const auto& finding) {
                return finding.level == model::FindingLevel::Warning;
            });
        const auto wanted =
            warnings * static_cast<std::ptrdiff_t>(services.config.wecom->hr_receivers.size());
        const bool good = missing.empty() && cards == wanted;
        output_.line(
            fmt::format("  {} {} warning cards wanted, {} written, {} of {} messages "
                        "arrived",
                        good ? "✓" : "✗",
                        wanted,
                        cards,
                        written.size() - missing.size(),
                        written.size()));
        return good;
    }

    void serve(std::unique_ptr<Services> services, const StopOnSignal& signals) {
        const web::ServerOptions options = server_options(services->config.web);
        Running running(std::move(services));
        const web::Server server(options, running.pages(), *log_);
        output_.line("\nOpen");
        output_.line(fmt::format("  http://127.0.0.1:{}/          runs, rejected rows, findings",
                                 server.port()));
        for (const DemoAccount& each : accounts_) {
            output_.line(fmt::format("      account {:<12} password {}  ({})",
                                     each.name,
                                     each.password,
                                     each.role_word));
        }
        output_.line(fmt::format("  http://127.0.0.1:{}/metrics   for Prometheus", server.port()));
        output_.line(
            fmt::format("  {}/         what each person received on WeCom", site_->sandbox_url()));
        output_.line("Stop with Ctrl-C.");
        write_accounts(server.port());
        signals.wait();
    }

    // For programs that look at the pages.
    void write_accounts(int port) const {
        nlohmann::json out{{"base", fmt::format("http://127.0.0.1:{}", port)},
                           {"sandbox", site_->sandbox_url()},
                           {"accounts", nlohmann::json::array()}};
        for (const DemoAccount& each : accounts_) {
            out["accounts"].push_back(
                {{"name", each.name}, {"password", each.password}, {"role", each.role_word}});
        }
        write_file(fs::path(folder_) / "demo.json", out.dump(2) + "\n", Readers::ThisUser);
    }

    const CommandLine& line_;
    Output& output_;
    base::SystemClock clock_;
    monitoring::Metrics metrics_;
    std::unique_ptr<base::Log> log_ = make_log(base::Level::Warning);
    std::string folder_;
    bool temporary_;
    Company company_;
    std::unique_ptr<Site> site_;
    std::vector<DemoAccount> accounts_{{"operator", "operator", model::Role::Operator, {}},
                                       {"implementer", "implementer", model::Role::Implementer, {}},
                                       {"hr", "hr", model::Role::Hr, "hr01"}};
};

}  // namespace

Exit run_demo(const CommandLine& line, Output& output) {
    return Demo(line, output).run();
}

}  // namespace hrbridge::app::demo
