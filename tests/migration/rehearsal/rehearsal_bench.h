#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "daemon/base/seal.h"
#include "daemon/jobs/lease_keeper.h"
#include "daemon/jobs/sync_runner.h"
#include "migration/ledger/verify.h"
#include "migration/rehearsal/rehearser.h"
#include "tests/daemon/jobs/support/scripted_connector.h"
#include "tests/daemon/store/both_stores.h"
#include "tests/support/memory_log.h"

namespace hrbridge::rehearsal {

inline constexpr const char* kUnitMap = R"(
map: test/org_unit
source:
  conn: units
  query: SELECT code, name, parent FROM dept WHERE {page}
  key: [code]
  columns: {code: varchar(12)!, name: varchar(40)!, parent: varchar(12)}
sync: {every: 15m, batch: {rows: 20}}
target: {entity: org_unit, key: [code], write: upsert}
fields:
  code:      {from: code, do: [trim], type: text(32), match: 'D\d{4}', id: F01}
  name:      {from: name, do: [trim], type: text(80), id: F02}
  kind:      {value: team, type: text(16), id: F03}
  parent_id: {from: parent, do: [trim, empty_to_null], ref: org_unit.code, type: text(32), opt: true, else: hold, id: F04}
)";
inline constexpr const char* kPersonMap = R"(
map: test/person
source:
  conn: people
  query: SELECT no, name, id_card FROM people WHERE {page}
  key: [no]
  columns: {no: varchar(12)!, name: varchar(40)!, id_card: varchar(18)}
sync: {every: 15m, batch: {rows: 20}}
target: {entity: person, key: [person_no], write: upsert}
fields:
  person_no: {from: no, do: [trim], type: text(32), match: 'E\d{4}', id: F01}
  name:      {from: name, do: [trim], type: text(80), id: F02}
  id_number: {from: id_card, do: [trim, empty_to_null], type: text(18), opt: true, pii: high, id: F03}
)";
inline constexpr const char* kSpellMap = R"(
map: test/spell
needs: [test/person]
source:
  conn: spells
  query: SELECT no, hired FROM spells WHERE {page}
  key: [no]
  columns: {no: varchar(12)!, hired: date!}
sync: {every: 15m, batch: {rows: 20}}
target: {entity: employment_spell, key: [employee_no], write: upsert}
fields:
  employee_no: {from: no, do: [trim], type: text(32), id: F01}
  person_id:   {from: no, do: [trim], ref: person.person_no, type: text(32), id: F02}
  kind:        {value: permanent, type: text(16), id: F03}
  hire_date:   {from: hired, type: date, range: [1990-01-01, 2030-01-01], id: F04}
)";
inline constexpr const char* kPostMap = R"(
map: test/post
needs: [test/spell]
source:
  conn: posts
  query: SELECT no, unit, since FROM posts WHERE {page}
  key: [no]
  columns: {no: varchar(12)!, unit: varchar(12)!, since: date!}
sync: {every: 15m, batch: {rows: 20}}
target: {entity: assignment, key: [spell_id, valid_from], write: upsert}
fields:
  spell_id:    {from: no, do: [trim], ref: employment_spell.employee_no, type: text(32), id: F01}
  org_unit_id: {from: unit, do: [trim], ref: org_unit.code, type: text(32), id: F02}
  job:         {value: Fitter, type: text(80), id: F03}
  job_kind:    {value: production, type: text(16), id: F04}
  valid_from:  {from: since, type: date, id: F05}
)";
inline constexpr const char* kProject = R"(project: test-move
modules:
  - module: core
    title: {zh: 核心, en: Core}
    mappings: [test/org_unit, test/person]
    cut_over: 4h
  - module: posts
    title: {zh: 岗位, en: Posts}
    mappings: [test/spell, test/post]
    cut_over: 4h
)";

inline engine::Mapping read_mapping(const std::string& text) {
    engine::LoadedMapping loaded = engine::parse_mapping(text, "test.map.yaml");
    for (const base::Fault& fault : loaded.faults) {
        ADD_FAILURE() << fault.where << ": " << fault.what;
    }
    return std::move(loaded.mapping.value());
}

// Loads as a sync does; what a test sets comes before.
class SyncLoader final : public Loader {
  public:
    SyncLoader(std::function<connectors::Connector*(const std::string&)> source,
               base::SealKeys& keys,
               base::Clock& clock)
        : source_(std::move(source)), keys_(keys), clock_(clock) {}

    LoadResult load(store::Store& into,
                    const engine::Mapping& mapping,
                    const std::stop_token& stop) override {
        loads.push_back(mapping.name);
        if (before_load) {
            if (auto instead = before_load(mapping)) {
                return *instead;
            }
        }
        const jobs::SyncReport report = runner(into).run(mapping, {}, stop);
        return result_of(report.outcome, report.error, report.faults);
    }
    LoadResult replay(store::Store& into,
                      const engine::Mapping& mapping,
                      const std::stop_token& stop) override {
        const jobs::ReplayReport report = runner(into).replay(mapping, stop);
        return result_of(report.outcome, report.error, {});
    }

    std::vector<std::string> loads;
    std::function<std::optional<LoadResult>(const engine::Mapping&)> before_load;

  private:
    static LoadResult result_of(jobs::SyncOutcome outcome,
                                const std::string& error,
                                const base::Faults& faults) {
        LoadResult result;
        result.error = error;
        result.faults = faults;
        result.outcome = outcome == jobs::SyncOutcome::Done          ? LoadOutcome::Done
                         : outcome == jobs::SyncOutcome::Stopped     ? LoadOutcome::Stopped
                         : outcome == jobs::SyncOutcome::FaultsFound ? LoadOutcome::Faults
                                                                     : LoadOutcome::Failed;
        return result;
    }
    jobs::SyncRunner runner(store::Store& into) {
        return jobs::SyncRunner({into, source_, &keys_, clock_, log_, metrics_});
    }

    std::function<connectors::Connector*(const std::string&)> source_;
    base::SealKeys& keys_;
    base::Clock& clock_;
    test::MemoryLog log_;
    monitoring::Metrics metrics_;
};

// A live store and four sources. Of the units two name a parent that comes later, one has a code
// that is none.
class RehearsalBench : public store::BothStores {
  protected:
    using Cells = test::ScriptedConnector::Cells;

    void SetUp() override {
        BothStores::SetUp();
        for (int i = 0; i < kUnits; ++i) {
            units_.put(Cells{fmt::format("D{:04}", i), "Unit", std::nullopt});
        }
        units_.put(Cells{"D0001", "Unit", "D0039"});
        units_.put(Cells{"D0002", "Unit", "D0038"});
        units_.put(Cells{"X1", "Unit", std::nullopt});
        for (int i = 0; i < kPeople; ++i) {
            const std::string number = fmt::format("E{:04}", i);
            people_.put(Cells{number, "张三", "110101199001011234"});
            spells_.put(Cells{number, "2019-03-01"});
            posts_.put(Cells{number, fmt::format("D{:04}", i % kUnits), "2020-01-01"});
        }
        spells_.put(Cells{"E0000", "1019-03-01"});  // refused, and its post waits for nobody
        set_mappings(kUnitMap);
    }

    static constexpr int kUnits = 40;
    static constexpr int kPeople = 60;

    void set_mappings(const std::string& units) {
        mappings_ = {read_mapping(units),
                     read_mapping(kPersonMap),
                     read_mapping(kSpellMap),
                     read_mapping(kPostMap)};
    }

    store::StoreOptions live() const {
        store::StoreOptions options;
        options.kind = GetParam();
        options.path = store_->path();
        if (is_postgres()) {
            options.connection = test::PostgresServer::instance().connection(store_->database());
        }
        return options;
    }

    SyncLoader make_loader() {
        return SyncLoader(
            [this](const std::string& name) -> connectors::Connector* {
                return name == "units"    ? &units_
                       : name == "people" ? &people_
                       : name == "spells" ? &spells_
                       : name == "posts"  ? &posts_
                                          : nullptr;
            },
            keys_,
            system_clock_);
    }

    // As the command does: under the module's lease.
    Report rehearse(const std::string& module, Loader& loader, bool fresh = false) {
        test::MemoryLog log;
        const auto live_store = store::open_store(live());
        const jobs::LeaseKeeper lease({*live_store, system_clock_, log}, lease_name(module));
        const store::StoreOptions options = live();
        Rehearser rehearser(
            {options, &ledger_keys_, system_clock_, loader, {lease.name(), lease.token()}, actor_});
        return rehearser.run(project_, *project_.find(module), mappings_, fresh, stop_.get_token());
    }
    Report rehearse(const std::string& module, bool fresh = false) {
        SyncLoader loader = make_loader();
        return rehearse(module, loader, fresh);
    }
    bool drop_one(const Rehearsal& rehearsal, bool forced = false) {
        test::MemoryLog log;
        const auto live_store = store::open_store(live());
        const jobs::LeaseKeeper lease({*live_store, system_clock_, log},
                                      lease_name(rehearsal.module));
        return drop(live(),
                    {lease.name(), lease.token()},
                    rehearsal,
                    forced,
                    "impl01",
                    system_clock_.now());
    }

    // The live store gets what a module loads.
    void sync_live(const std::string& module) {
        SyncLoader loader = make_loader();
        for (const engine::Mapping* mapping :
             project::mappings_of(*project_.find(module), mappings_)) {
            loader.load(**store_, *mapping, stop_.get_token());
            loader.replay(**store_, *mapping, stop_.get_token());
        }
    }

    std::unique_ptr<store::sql::Connection> side(const Rehearsal& rehearsal) {
        return store::open_store(store::side_options(live(), rehearsal.side()))->connect();
    }
    static std::int64_t rows_in(store::sql::Connection& connection, const std::string& table) {
        const auto rows = connection.query("SELECT count(*) FROM " + table, {});
        return rows->next() ? rows->integer(0) : -1;
    }
    std::int64_t entries(const std::string& kind) {
        return std::get<std::int64_t>(
            one("SELECT count(*) FROM ledger_entry WHERE kind = '" + kind + "'"));
    }
    std::vector<std::string> ledger_faults() {
        std::vector<std::string> all;
        for (const ledger::Finding& finding : ledger::verify(*connection_, {}).findings) {
            all.push_back(finding.note.code);
        }
        return all;
    }

    static base::DescribedColumn text(const char* name, int size, bool may_be_null = false) {
        return {name, "varchar", size, 0, may_be_null};
    }
    test::ScriptedConnector units_{{text("code", 12), text("name", 40), text("parent", 12, true)}};
    test::ScriptedConnector people_{{text("no", 12), text("name", 40), text("id_card", 18, true)}};
    test::ScriptedConnector spells_{{text("no", 12), {"hired", "date", 0, 0, false}}};
    test::ScriptedConnector posts_{
        {text("no", 12), text("unit", 12), {"since", "date", 0, 0, false}}};
    std::vector<engine::Mapping> mappings_;
    project::Project project_ = project::parse_project(kProject, "migration.yaml").project.value();
    base::SealKeys keys_ = *base::SealKeys::parse(base::SealKeys::generate("k1"));
    ledger::KeyRing ledger_keys_{ledger::PrivateKey::from_seed(base::Secret(std::string(32, 'k')))};
    base::SystemClock system_clock_;
    std::stop_source stop_;
    std::string actor_ = "impl01";  // who rehearses
};

}  // namespace hrbridge::rehearsal
