#include "daemon/app/command_check.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/local_services.h"
#include "daemon/app/obstacles.h"
#include "daemon/app/query_check.h"
#include "daemon/app/running.h"
#include "daemon/app/seal_faults.h"

namespace hrbridge::app {
namespace {

constexpr const char* kSource = "source ";

// A system of the configuration and what came of reaching it.
struct Reached {
    std::string system;  // "store", "source erp", "wecom"
    bool good = false;
    std::string code;
    std::string detail;  // what answered, or why not
    std::string remedy;
};

const char* remedy_text(base::Remedy remedy) {
    switch (remedy) {
        case base::Remedy::Retry:
            return "check that it is up and can be reached from here, then try again";
        case base::Remedy::Stop:
            return "correct the setting, the password or the right that this names";
        case base::Remedy::Row:
            return "correct the item that this names";
    }
    return "";
}

// `work` gives what there is to say of a system that answers.
Reached reach(const std::string& system, const std::function<std::string()>& work) {
    Reached out{system, false, "", "", ""};
    try {
        out.detail = work();
        out.good = true;
    } catch (const base::SystemError& error) {
        out.code = error.code();
        out.detail = error.what();
        out.remedy = remedy_text(error.remedy());
    } catch (const std::exception& error) {
        out.detail = error.what();
        out.remedy = "see the log";
    }
    return out;
}

std::string reach_store(Services& services) {
    const auto connection = services.store->connect();
    const int version = store::schema_version(*connection);
    if (version != 0 && version != store::newest_schema_version()) {
        throw base::StoreError("schema",
                               base::Remedy::Stop,
                               fmt::format("it has schema version {} and this program needs {}; "
                                           "back it up and run: hrbridge store upgrade",
                                           version,
                                           store::newest_schema_version()));
    }
    for (const base::Fault& fault : seal_faults(services)) {
        throw base::StoreError("seal_keys", base::Remedy::Stop, fault.where + ": " + fault.what);
    }
    return fmt::format("{}, {}",
                       services.store->describe(),
                       version == 0 ? std::string("empty") : fmt::format("schema {}", version));
}

std::string reach_replica(Services& services) {
    services.replica->check();
    return services.replica->describe();
}

// A token alone does not say that the platform lets this address call.
std::string reach_wecom(Services& services) {
    constexpr const char* kApi = "get_api_domain_ip";
    wecom::require_ok(kApi, services.wecom->client.get(kApi, ""));
    return "corp id, secret and address accepted";
}

// Outside its hours a source is not asked, which is no sign that it would answer.
std::string reach_certificate(const Services& services) {
    const auto end = web::check_certificate(server_options(services.config.web));
    if (!end) {
        throw base::SystemError("web", "", base::Remedy::Stop, "web.certificate has no end");
    }
    const std::string shown = base::to_string(base::Zone::utc().to_local(*end)).substr(0, 16);
    if (*end <= services.clock.now()) {
        throw base::SystemError(
            "web", "", base::Remedy::Stop, fmt::format("web.certificate ended at {} UTC", shown));
    }
    return fmt::format("until {} UTC", shown);
}

Reached reach_source(Services& services, const std::string& name, bool forced) {
    for (const SourceConfig& source : services.config.sources) {
        const auto why = source.name != name || forced
                             ? std::nullopt
                             : outside_hours_of(source, services.config, services.clock.now());
        if (why) {
            return {kSource + name, false, "hours", "not asked: " + *why, ""};
        }
    }
    return reach(kSource + name, [&connector = *services.connectors.at(name)] {
        connector.check();
        return std::string(connector.kind());
    });
}

std::vector<Reached> reach_all(Services& services, bool forced) {
    std::vector<Reached> all{reach("store", [&] { return reach_store(services); })};
    if (services.replica) {
        all.push_back(reach("replica", [&] { return reach_replica(services); }));
    }
    for (const auto& [name, connector] : services.connectors) {
        all.push_back(reach_source(services, name, forced));
    }
    if (services.wecom) {
        all.push_back(reach("wecom", [&] { return reach_wecom(services); }));
    }
    if (!services.config.web.certificate.empty()) {
        all.push_back(reach("certificate", [&] { return reach_certificate(services); }));
    }
    return all;
}

void print(const std::vector<Reached>& all, Output& output) {
    for (const Reached& each : all) {
        if (each.good) {
            output.line(fmt::format("{:<24} ok      {}", each.system, each.detail));
            continue;
        }
        output.error(fmt::format("{:<24} failed  {}{}{}",
                                 each.system,
                                 each.code,
                                 each.code.empty() ? "" : ": ",
                                 each.detail));
        if (!each.remedy.empty()) {
            output.error(fmt::format("{:<24}         {}", "", each.remedy));
        }
    }
}

// The sources of a list of systems that answered.
std::set<std::string> good_sources(const std::vector<Reached>& all) {
    std::set<std::string> names;
    for (const Reached& each : all) {
        if (each.good && each.system.rfind(kSource, 0) == 0) {
            names.insert(each.system.substr(std::string_view(kSource).size()));
        }
    }
    return names;
}

void print(const std::vector<CheckedQuery>& queries, Output& output) {
    for (const CheckedQuery& query : queries) {
        const std::string name = "mapping " + query.mapping;
        if (query.good()) {
            output.line(fmt::format("{:<24} ok      {} columns", name, query.columns));
        } else if (!query.failure.empty()) {
            output.error(fmt::format("{:<24} failed  {}", name, query.failure));
        } else {
            output.error(fmt::format("{:<24} faults  {}", name, query.faults.size()));
        }
        print_faults(query.faults, output);
        for (const std::string& note : query.notes) {
            output.line("  note: " + note);
        }
    }
}

nlohmann::json to_json(const base::Faults& faults) {
    nlohmann::json out = nlohmann::json::array();
    for (const base::Fault& fault : faults) {
        out.push_back({{"where", fault.where}, {"what", fault.what}});
    }
    return out;
}

nlohmann::json to_json(const LocalServices& local,
                       const std::vector<Reached>& all,
                       const std::vector<CheckedQuery>& queries) {
    nlohmann::json out{{"faults", to_json(local.faults)},
                       {"systems", nlohmann::json::array()},
                       {"queries", nlohmann::json::array()}};
    for (const CheckedQuery& query : queries) {
        out["queries"].push_back({{"mapping", query.mapping},
                                  {"ok", query.good()},
                                  {"columns", query.columns},
                                  {"faults", to_json(query.faults)},
                                  {"notes", query.notes},
                                  {"failure", query.failure}});
    }
    if (local.services) {
        out["sources"] = local.services->config.sources.size();
        out["mappings"] = local.services->mappings.size();
    }
    for (const Reached& each : all) {
        out["systems"].push_back({{"system", each.system},
                                  {"ok", each.good},
                                  {"code", each.code},
                                  {"detail", each.detail},
                                  {"remedy", each.remedy}});
    }
    return out;
}

Exit verdict(const std::vector<Reached>& all, const std::vector<CheckedQuery>& queries) {
    const bool failed =
        std::any_of(all.begin(), all.end(), [](const auto& each) { return !each.good; }) ||
        std::any_of(
            queries.begin(), queries.end(), [](const auto& each) { return !each.failure.empty(); });
    const bool good =
        std::all_of(queries.begin(), queries.end(), [](const auto& each) { return each.good(); });
    return failed ? Exit::Failed : good ? Exit::Done : Exit::FaultsFound;
}

}  // namespace

Exit run_check(const CommandLine& line, Output& output) {
    const auto local = load_local_services(line);
    const base::Faults missing =
        local->services ? missing_folders(local->services->config) : base::Faults();
    local->faults.insert(local->faults.end(), missing.begin(), missing.end());
    std::vector<Reached> all;
    std::vector<CheckedQuery> queries;
    if (local->services) {
        if (line.has("all")) {
            const bool forced = line.has("force");
            all = reach_all(*local->services, forced);
            queries = check_queries(*local->services, good_sources(all), forced);
        } else {
            const base::Faults wrong = seal_faults_of_file(*local->services);
            local->faults.insert(local->faults.end(), wrong.begin(), wrong.end());
        }
    }
    if (line.has("json")) {
        output.line(to_json(*local, all, queries).dump(2));
    } else {
        print_faults(local->faults, output);
        print(all, output);
        print(queries, output);
    }
    if (!local->faults.empty()) {
        return Exit::Usage;
    }
    if (const Exit found = verdict(all, queries); found != Exit::Done) {
        return found;
    }
    if (!line.has("json")) {
        output.line(fmt::format("{} sources, {} mappings: no faults",
                                local->services->config.sources.size(),
                                local->services->mappings.size()));
    }
    return Exit::Done;
}

}  // namespace hrbridge::app
