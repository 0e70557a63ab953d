#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/odbc/api.h"
#include "connectors/wecom/client.h"
#include "connectors/wecom/http.h"
#include "connectors/wecom/sender.h"
#include "connectors/wecom/token_owner.h"
#include "daemon/app/callback_desk.h"
#include "daemon/app/config.h"
#include "daemon/app/erased_journal.h"
#include "daemon/app/received_punches.h"
#include "daemon/app/sources.h"
#include "daemon/app/store_send_ledger.h"
#include "daemon/app/terminal_desk.h"
#include "daemon/app/terminal_sources.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/seal.h"
#include "daemon/jobs/sync_runner.h"
#include "daemon/pip/policy.h"
#include "daemon/store/replica_store.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "migration/ledger/key_ring.h"
#include "migration/project/project.h"
#include "monitoring/metrics.h"

namespace hrbridge::app {

// The WeCom application of the configuration: one token owner, one client, one sender.
struct WecomServices {
    // All must outlive it.
    WecomServices(const WecomConfig& config,
                  store::Store& store,
                  base::Clock& clock,
                  monitoring::Metrics& metrics);

    wecom::Http http;
    wecom::TokenOwner tokens;
    wecom::Client client;
    StoreSendLedger ledger;
    wecom::WecomSender sender;
};

// All that a command or the daemon works with, made from one configuration. Built whole or not at
// all; the store is named but not opened. Members are destroyed in reverse order.
struct Services {
    Services(Config configuration,
             base::Log& log,
             base::Clock& clock,
             monitoring::Metrics& metrics);
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;
    ~Services();

    const engine::Mapping* find_mapping(const std::string& name) const;
    jobs::SyncRunner make_runner();
    // As make_runner(), into another store, such as a rehearsal's.
    jobs::SyncRunner make_runner(store::Store& into,
                                 monitoring::Metrics& counted,
                                 store::FirstLoad::Proof of_foreign_keys);

    Config config;
    base::Log& log;
    base::Clock& clock;
    monitoring::Metrics& metrics;
    odbc::DriverManager driver_manager;
    std::optional<base::SealKeys> keys;
    std::optional<ledger::KeyRing> ledger_keys;  // none: the ledger is not sealed
    std::unique_ptr<store::Store> store;
    std::unique_ptr<store::ReplicaStore> replica;  // null: none is configured
    std::unique_ptr<WecomServices> wecom;          // null: nothing is sent
    std::unique_ptr<CallbackDesk> callbacks;       // null: no callback address is configured
    std::unique_ptr<ReceivedPunches> received;     // what sources of kind iclock read
    std::unique_ptr<TerminalDesk> terminals;       // null: no terminals are configured
    std::vector<TerminalAddress> terminal_addresses;
    Connectors connectors;
    std::vector<engine::Mapping> mappings;    // in the order of their needs
    std::optional<project::Project> project;  // none: the configuration names no project file
    pip::Policy policy;
    std::unique_ptr<ErasedJournal> erased_journal;
};

// The entities as the newest migrations make them.
std::vector<store::EntityTable> known_entities();

struct LoadedServices {
    std::unique_ptr<Services> services;  // null when there are faults
    base::Faults faults;
};

// With mappings on the way, those that are there need not be without faults.
enum class WithMappings { Yes, No };

// The configured zone, by whose clocks people are told times.
base::Zone zone_of(const Services& services);

// Reads configuration, mappings and rules and checks them against each other: every mapping's
// source exists and understands its `source:` map, its target exists and fits, its fixtures hold.
// Reaches no outside system. `metrics` outlives the services and their successors after a reload.
LoadedServices load_services(const std::string& config_file,
                             base::Log& log,
                             base::Clock& clock,
                             monitoring::Metrics& metrics,
                             WithMappings with = WithMappings::Yes);

}  // namespace hrbridge::app
