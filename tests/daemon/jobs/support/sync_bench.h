#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/base/seal.h"
#include "daemon/jobs/sync_runner.h"
#include "daemon/store/repositories.h"
#include "mappings/engine/mapping.h"
#include "tests/daemon/jobs/support/scripted_connector.h"
#include "tests/daemon/jobs/support/test_store.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {

// Departments with their parents: a table that refers to itself.
inline constexpr const char* kUnits = R"(
map: test/org_unit
source:
  conn: erp
  read_as: {charset: utf-8, zone: UTC}
  query: SELECT code, name, kind, parent, changed FROM dept WHERE {window} AND {page}
  key: [code]
  columns:
    code:    varchar(12)!
    name:    varchar(40)!
    kind:    varchar(8)!
    parent:  varchar(12)
    changed: datetime!
sync:
  every: 15m
  window: {by: changed, overlap: 30m, hold_back: 2m}
  batch: {rows: 20}
target:
  entity: org_unit
  key: [code]
  write: upsert
fields:
  code:      {from: code,   do: [trim], type: text(32), match: 'D\d{4}', id: F01}
  name:      {from: name,   do: [trim], type: text(80), id: F02}
  kind:      {from: kind,   do: [trim], type: text(16), one_of: [team, plant], id: F03}
  parent_id: {from: parent, do: [trim, empty_to_null], ref: org_unit.code, type: text(32), opt: true, else: hold, id: F04}
)";

class SyncBench {
  public:
    explicit SyncBench(const std::string& kind)
        : store(kind),
          keys(*base::SealKeys::parse(base::SealKeys::generate("k1"))),
          source({{"code", "varchar", 12, 0, false},
                  {"name", "varchar", 40, 0, false},
                  {"kind", "varchar", 8, 0, false},
                  {"parent", "varchar", 12, 0, true},
                  {"changed", "datetime", 0, 0, false}}),
          mapping(load(kUnits)) {}

    static engine::Mapping load(const std::string& text) {
        engine::LoadedMapping loaded = engine::parse_mapping(text, "unit.map.yaml");
        for (const base::Fault& fault : loaded.faults) {
            ADD_FAILURE() << fault.where << ": " << fault.what;
        }
        return std::move(*loaded.mapping);
    }
    // The mapping with a piece of its text replaced.
    static engine::Mapping changed(const std::string& from, const std::string& to) {
        std::string text = kUnits;
        text.replace(text.find(from), from.size(), to);
        return load(text);
    }

    // D0000 … without parents, changed long ago.
    void add_units(int first, int count) {
        for (int i = first; i < first + count; ++i) {
            put(code(i), "team", std::nullopt);
        }
    }
    void put(const std::string& unit,
             const std::string& kind,
             const std::optional<std::string>& parent,
             const std::string& changed = "2024-05-01 00:00:00") {
        source.put({unit, "Unit " + unit, kind, parent, changed});
    }
    static std::string code(int number) { return fmt::format("D{:04}", number); }

    jobs::SyncRunner runner() {
        jobs::SyncParts parts{store.store(),
                              [this](const std::string& name) -> connectors::Connector* {
                                  return name == "erp" ? &source : nullptr;
                              },
                              &keys,
                              clock,
                              log,
                              metrics,
                              {.attempts = 4,
                               .first_wait = std::chrono::milliseconds(1),
                               .longest_wait = std::chrono::milliseconds(2)}};
        parts.obstacle = obstacle;
        parts.state_folder = folder.path().string();
        return jobs::SyncRunner(std::move(parts));
    }
    jobs::SyncReport run(const jobs::SyncOptions& options = {}) {
        return runner().run(mapping, options, stop.get_token());
    }
    jobs::SweepReport sweep(jobs::SweepOptions options) {
        return runner().sweep(mapping, options, stop.get_token());
    }
    std::optional<store::Checkpoint> checkpoint() {
        const auto connection = store.connect();
        return store::read_checkpoint(*connection, mapping.name);
    }
    std::int64_t units() { return store.count("SELECT count(*) FROM org_unit"); }
    std::int64_t open_rejects() {
        return store.count("SELECT count(*) FROM reject WHERE state = 'open'");
    }

    TempDir folder;
    TestStore store;
    base::SealKeys keys;
    ScriptedConnector source;
    engine::Mapping mapping;
    base::SystemClock clock;
    MemoryLog log;
    monitoring::Metrics metrics;
    std::stop_source stop;
    std::function<std::optional<std::string>(const engine::Mapping&, bool)> obstacle;
};

}  // namespace hrbridge::test
