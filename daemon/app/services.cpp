#include "daemon/app/services.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "daemon/app/cleared_source.h"
#include "daemon/app/mapping_folder.h"
#include "daemon/app/obstacles.h"
#include "daemon/app/sweeping.h"
#include "daemon/app/wecom_users.h"
#include "daemon/base/yaml.h"
#include "daemon/jobs/plan.h"
#include "daemon/jobs/schedule.h"
#include "mappings/engine/mapper.h"
#include "migration/promotion/seal.h"

namespace hrbridge::app {
namespace {

wecom::HttpOptions http_options(const WecomConfig& config) {
    wecom::HttpOptions options;
    options.base_url = config.base_url;
    options.ca_file = config.ca_file;
    return options;
}

wecom::SendLimits send_limits(const WecomConfig& config) {
    wecom::SendLimits limits;
    limits.account_cap = config.account_cap;
    return limits;
}

void check_source(const engine::Mapping& mapping, const Services& services, base::Faults& faults) {
    const auto connector = services.connectors.find(mapping.connection);
    if (connector != services.connectors.end()) {
        for (base::Fault& fault : connector->second->validate(mapping.dataset)) {
            faults.push_back(std::move(fault));
        }
        return;
    }
    std::vector<std::string> names;
    for (const SourceConfig& source : services.config.sources) {
        names.push_back(source.name);
        if (source.name == mapping.connection) {
            return;  // it is configured and has faults of its own
        }
    }
    const std::string near = base::nearest(mapping.connection, names);
    const base::YamlNode* node = mapping.dataset.find("conn");
    faults.push_back(
        {fmt::format("{}: source.conn", node == nullptr ? mapping.file : node->place()),
         fmt::format("hrbridge.yaml has no source '{}'{}",
                     mapping.connection,
                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near))});
}

void check_mappings(const Services& services, base::Faults& faults) {
    const auto entities = known_entities();
    const base::Date today = std::chrono::floor<std::chrono::days>(services.clock.now());
    for (const engine::Mapping& mapping : services.mappings) {
        check_source(mapping, services, faults);
        for (base::Fault& fault :
             jobs::check_against_store(mapping, entities, services.store->dialect())) {
            faults.push_back(std::move(fault));
        }
        for (base::Fault& fault : engine::run_fixtures(mapping, today)) {
            faults.push_back(std::move(fault));
        }
    }
}

void load_policy(Services& services, base::Faults& faults) {
    const std::filesystem::path file =
        std::filesystem::path(services.config.rules) / "pip.rules.yaml";
    if (!std::filesystem::exists(file)) {
        return;  // the defaults hold
    }
    pip::LoadedPolicy loaded = pip::load_policy(file.string());
    faults.insert(faults.end(), loaded.faults.begin(), loaded.faults.end());
    if (loaded.policy) {
        services.policy = *loaded.policy;
    }
}

// What a finding rests on is kept as long as the rules look back, and some months to object.
void check_facts_term(const Services& services, base::Faults& faults) {
    constexpr int kBeyondHistory = 3;
    const std::int64_t months = services.config.retention.facts_months;
    if (months == 0) {
        return;
    }
    const std::string& where = services.config.retention.facts_place;
    const int least = services.policy.history_months + kBeyondHistory;
    if (months < least) {
        faults.push_back({where,
                          fmt::format("is {}, and the rules look {} months back: at least {}",
                                      months,
                                      services.policy.history_months,
                                      least)});
    }
    if (!services.keys) {
        faults.push_back({where, "needs seal_keys: without them a reading would bring all back"});
    }
}

// A mapping with faults is not there, which would be a fault of every module that names it.
void load_project(Services& services, bool mappings_are_whole, base::Faults& faults) {
    if (services.config.migration.empty()) {
        return;
    }
    project::LoadedProject loaded = project::load_project(services.config.migration);
    faults.insert(faults.end(), loaded.faults.begin(), loaded.faults.end());
    if (!loaded.project) {
        return;
    }
    if (mappings_are_whole) {
        for (base::Fault& fault :
             project::check_project(*loaded.project, services.mappings, known_entities())) {
            faults.push_back(std::move(fault));
        }
    }
    services.project = std::move(loaded.project);
}

void check_schedule(const std::string& text,
                    const std::string& zone,
                    const std::string& where,
                    base::Faults& faults) {
    const auto schedule = jobs::Schedule::parse(text,
                                                base::Zone::find(zone).value_or(base::Zone::utc()),
                                                std::chrono::milliseconds(0),
                                                where);
    if (!schedule) {
        faults.push_back({where,
                          schedule.fault().what +
                              "; write an interval (15m) or a cron expression (30 6 * * *)"});
    }
}

void check_schedules(const Services& services, base::Faults& faults) {
    const auto document = base::load_yaml(services.config.file);
    const base::YamlNode* node = document ? document->find("findings_every") : nullptr;
    check_schedule(services.config.findings_every,
                   services.config.zone,
                   (node == nullptr ? services.config.file : node->place()) + ": findings_every",
                   faults);
    if (services.config.backup) {
        const base::YamlNode* const backup = document ? document->find("backup") : nullptr;
        const base::YamlNode* const when = backup ? backup->find("schedule") : nullptr;
        check_schedule(services.config.backup->schedule,
                       services.config.zone,
                       (when ? when->place() : services.config.file) + ": backup.schedule",
                       faults);
    }
    for (const engine::Mapping& mapping : services.mappings) {
        if (!mapping.sync.every.empty()) {
            check_schedule(
                mapping.sync.every, mapping.sync.zone, mapping.file + ": sync.every", faults);
        }
    }
    check_sweeps(services, faults);
}

// Whatever a mapping brings may be refused, and a refused row is kept sealed or not at all.
void load_keys(Services& services, base::Faults& faults) {
    if (services.config.seal_keys.empty()) {
        if (!services.mappings.empty()) {
            faults.push_back({services.config.seal_keys_place,
                              "is missing: rejected and waiting rows and personal data are kept "
                              "sealed. Make a key with `(umask 077; echo \"k1:$(openssl rand "
                              "-base64 32)\" > seal_keys)`, keep a copy elsewhere, and write "
                              "seal_keys: {file: seal_keys}"});
        }
        return;
    }
    auto keys = base::SealKeys::parse(services.config.seal_keys);
    if (keys) {
        services.keys = std::move(keys).value();
    } else {
        faults.push_back(
            {services.config.seal_keys_place, keys.fault().where + ": " + keys.fault().what});
    }
}

void load_ledger_keys(Services& services, base::Faults& faults) {
    if (services.config.ledger_key.empty()) {
        return;
    }
    auto keys = ledger::KeyRing::parse(services.config.ledger_key);
    if (keys) {
        services.ledger_keys = std::move(keys).value();
    } else {
        faults.push_back({services.config.ledger_key_place, keys.fault().what});
    }
}

// Behind load_keys(): what callbacks tell is kept sealed.
void make_callbacks(Services& services, base::Faults& faults) {
    if (!services.config.wecom || !services.config.wecom->callback) {
        return;
    }
    const WecomCallbackConfig& config = *services.config.wecom->callback;
    auto crypto =
        wecom::MessageCrypto::make(config.token, config.aes_key, services.config.wecom->corp_id);
    if (!crypto) {
        faults.push_back({services.config.file + ": " + crypto.fault().where, crypto.fault().what});
    } else if (services.keys) {
        services.callbacks = std::make_unique<CallbackDesk>(
            std::move(crypto).value(),
            CallbackDesk::Parts{
                *services.store, *services.keys, services.clock, services.log, services.metrics});
    }
}

// Behind load_keys(): lines that are no punches are kept sealed.
void make_terminals(Services& services, base::Faults& faults) {
    std::vector<iclock::Options> sources;
    for (TerminalSource& source : terminal_sources(services.config, faults)) {
        if (source.listen) {
            services.terminal_addresses.push_back(*source.listen);
        }
        sources.push_back(std::move(source.options));
    }
    if (sources.empty()) {
        return;
    }
    if (!services.keys) {
        if (services.config.seal_keys.empty() && services.mappings.empty()) {
            faults.push_back({services.config.seal_keys_place,
                              "is missing: what terminals send and is no punch is kept sealed"});
        }
        return;
    }
    const Config& config = services.config;
    services.terminals = std::make_unique<TerminalDesk>(
        std::move(sources),
        TerminalDesk::Parts{*services.store,
                            *services.keys,
                            services.clock,
                            services.log,
                            services.metrics,
                            [&config] { return no_room_in_store(config); }});
}

std::unique_ptr<store::ReplicaStore> open_replica(Services& services) {
    const auto& replica = services.config.replica;
    if (!replica) {
        return nullptr;
    }
    return std::make_unique<store::ReplicaStore>(
        store::ReplicaStore::Parts{
            *services.store, store::open_store(replica->store), services.clock, services.log},
        replica->most_lag);
}

}  // namespace

// From a store in memory: a configuration is checked without touching the real store.
std::vector<store::EntityTable> known_entities() {
    store::StoreOptions options;
    options.path = ":memory:";
    const auto store = store::open_store(options);
    const auto connection = store->connect();
    store::migrate(*connection);
    return store::entity_tables(*connection);
}

WecomServices::WecomServices(const WecomConfig& config,
                             store::Store& store,
                             base::Clock& clock,
                             monitoring::Metrics& metrics)
    : http(http_options(config)),
      tokens({config.corp_id, config.secret}, http, clock, &metrics),
      client(http, tokens, &metrics),
      ledger(store),
      sender(client, send_limits(config), clock, &ledger) {}

Services::Services(Config configuration,
                   base::Log& log_to,
                   base::Clock& time,
                   monitoring::Metrics& counted)
    : config(std::move(configuration)), log(log_to), clock(time), metrics(counted) {}

Services::~Services() = default;

const engine::Mapping* Services::find_mapping(const std::string& name) const {
    const auto found = std::find_if(mappings.begin(),
                                    mappings.end(),
                                    [&](const engine::Mapping& each) { return each.name == name; });
    return found == mappings.end() ? nullptr : &*found;
}

base::Zone zone_of(const Services& services) {
    return base::Zone::find(services.config.zone).value_or(base::Zone::utc());
}

jobs::SyncRunner Services::make_runner() {
    return make_runner(*store, metrics, store::FirstLoad::Proof::ByTheStore);
}

jobs::SyncRunner Services::make_runner(store::Store& into,
                                       monitoring::Metrics& counted,
                                       store::FirstLoad::Proof of_foreign_keys) {
    const auto source = [this](const std::string& name) -> connectors::Connector* {
        const auto found = connectors.find(name);
        return found == connectors.end() ? nullptr : found->second.get();
    };
    jobs::SyncParts parts{into, source, keys ? &*keys : nullptr, clock, log, counted};
    parts.foreign_keys = of_foreign_keys;
    parts.state_folder = config.state_folder;
    if (keys) {
        parts.erased = [this] { return erased_people(*this); };
        parts.fact_term = [this](const std::string& entity) { return fact_term(*this, entity); };
        parts.erased_of_store = &into == store.get();
    }
    parts.seal_content = promotion::ledger_teller(ledger_keys ? &*ledger_keys : nullptr, clock);
    parts.obstacle = [this](const engine::Mapping& mapping, bool forced) {
        return obstacle_to(mapping, config, clock.now(), forced);
    };
    return jobs::SyncRunner(std::move(parts));
}

LoadedServices load_services(const std::string& config_file,
                             base::Log& log,
                             base::Clock& clock,
                             monitoring::Metrics& metrics,
                             WithMappings with) {
    LoadedServices loaded;
    LoadedConfig config = load_config(config_file);
    loaded.faults = std::move(config.faults);
    if (!config.config) {
        return loaded;
    }
    auto services = std::make_unique<Services>(std::move(*config.config), log, clock, metrics);
    services->store = store::open_store(services->config.store);
    services->erased_journal = std::make_unique<ErasedJournal>(backup_folder(services->config));
    services->replica = open_replica(*services);
    if (services->config.wecom) {
        services->wecom = std::make_unique<WecomServices>(
            *services->config.wecom, *services->store, clock, metrics);
    }
    store::Store* const store = services->store.get();
    services->received = std::make_unique<ReceivedPunches>(*services->store, services->keys);
    services->connectors =
        make_connectors(services->config,
                        {services->driver_manager,
                         clock,
                         log,
                         services->wecom ? &services->wecom->client : nullptr,
                         [store](base::Timestamp from) { return wecom_users(*store, from); },
                         *services->received,
                         metrics},
                        loaded.faults);
    LoadedMappings mappings =
        with == WithMappings::Yes ? load_mappings(services->config.mappings) : LoadedMappings();
    loaded.faults.insert(loaded.faults.end(), mappings.faults.begin(), mappings.faults.end());
    services->mappings = std::move(mappings.mappings);
    if (with == WithMappings::Yes) {
        load_project(*services, mappings.faults.empty(), loaded.faults);
    }
    load_keys(*services, loaded.faults);
    load_ledger_keys(*services, loaded.faults);
    make_callbacks(*services, loaded.faults);
    make_terminals(*services, loaded.faults);
    load_policy(*services, loaded.faults);
    check_facts_term(*services, loaded.faults);
    check_schedules(*services, loaded.faults);
    check_mappings(*services, loaded.faults);
    if (loaded.faults.empty()) {
        loaded.services = std::move(services);
    }
    return loaded;
}

}  // namespace hrbridge::app
