#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "migration/check/check_run.h"
#include "migration/check/verdict_store.h"
#include "migration/freeze/freeze.h"
#include "migration/spot_check/desk.h"
#include "migration/spot_check/result.h"
#include "migration/spot_check/texts.h"
#include "tests/migration/freeze/record_checks.h"
#include "tests/migration/rehearsal/rehearsal_bench.h"

namespace hrbridge::spot_check {

inline constexpr const char* kStaffMap = R"(
map: test/staff
source:
  conn: staff
  read_as: {charset: utf-8, zone: Asia/Shanghai}
  query: SELECT no, name, id_card, sex, born, changed, remark FROM staff WHERE {window} AND {page}
  key: [no]
  columns: {no: varchar(12)!, name: varchar(40)!, id_card: varchar(18), sex: varchar(2), born: date, changed: datetime!, remark: varchar(40)}
sync: {every: 15m, batch: {rows: 100}, window: {by: changed, overlap: 5m, hold_back: 1m}}
target: {entity: person, key: [person_no], write: upsert}
fields:
  person_no:  {from: no, do: [trim], type: text(32), match: 'E\d{4}', id: F01}
  name:       {from: name, do: [trim], type: text(80), pii: name, id: F02}
  gender:     {from: sex, map: {1: male, 2: female}, type: text(16), opt: true, id: F03}
  birth_date: {from: born, type: date, opt: true, pii: high, id: F04}
  id_number:  {from: id_card, do: [trim, empty_to_null], type: text(18), opt: true, pii: high, id: F05}
)";
inline constexpr const char* kMoveProject = R"(project: test-move
modules:
  - module: core
    title: {zh: 核心, en: Core}
    mappings: [test/org_unit, test/staff]
    sample: {limit: 5%, confidence: 95%}
    cut_over: 4h
    must_check:
      - {id: M01, entity: person, where: "person_no < 'E0010'", say: 逐一核对}
)";

// 40 units and 400 people, loaded, frozen, drawn from and checked.
class SpotBench : public rehearsal::RehearsalBench, public SourceReader {
  protected:
    static constexpr int kStaff = 400;
    static constexpr const char* kAccount = "checker01";

    void SetUp() override {
        RehearsalBench::SetUp();
        project_ = project::parse_project(kMoveProject, "migration.yaml").project.value();
        mappings_ = {rehearsal::read_mapping(rehearsal::kUnitMap),
                     rehearsal::read_mapping(kStaffMap)};
        for (int i = 0; i < kUnits; ++i) {
            units_.put(Cells{fmt::format("D{:04}", i), fmt::format("Unit {}", i), std::nullopt});
        }
        std::vector<Cells> rows;
        for (int i = 0; i < kStaff; ++i) {
            rows.push_back({fmt::format("E{:04}", i),
                            fmt::format("张{}", i % 17),
                            fmt::format("1101011990{:08}", i),
                            i % 2 == 0 ? "1" : "2",
                            fmt::format("19{}-05-{:02}", 60 + i % 30, 1 + i % 28),
                            "2024-05-06 08:00:00",
                            "remark"});
        }
        staff_.add(rows);
        staff_.clock = *base::parse_timestamp("2024-05-06 12:00:00Z");
    }

    rehearsal::Rehearsal rehearse_core(bool fresh = false) {
        rehearsal::SyncLoader loader(
            [this](const std::string& name) -> connectors::Connector* {
                return name == "units" ? &units_ : name == "staff" ? &staff_ : nullptr;
            },
            keys_,
            system_clock_);
        return rehearse("core", loader, fresh).rehearsal;
    }
    rehearsal::Rehearsal frozen_core(bool fresh = false) {
        const rehearsal::Rehearsal loaded = rehearse_core(fresh);
        with_lease([&](const rehearsal::Lease& lease) {
            const store::StoreOptions options = live();
            freeze::record_checks(
                {options, &ledger_keys_, clock_, lease, "impl01"}, project_, loaded);
            const freeze::Outcome done =
                freeze::freeze({options, &ledger_keys_, system_clock_, lease, "impl01"},
                               project_,
                               *project_.find("core"),
                               mappings_,
                               loaded.number);
            EXPECT_TRUE(done.frozen) << done.refused.front().code;
        });
        return *rehearsal::find(*connection_, "core", loaded.number);
    }

    // As a mended mapping would make it: other content than was rehearsed before.
    void change_source() {
        staff_.put({"E0000",
                    "张新",
                    "110101199000000000",
                    "1",
                    "1960-05-01",
                    "2024-05-06 08:00:00",
                    "remark"});
    }

    template <typename Work>
    void with_lease(Work work) {
        test::MemoryLog log;
        const auto live_store = store::open_store(live());
        const jobs::LeaseKeeper keeper({*live_store, system_clock_, log},
                                       rehearsal::lease_name("core"));
        work(rehearsal::Lease{keeper.name(), keeper.token()});
    }
    template <typename Work>
    void with_parts(Work work) {
        with_lease([&](const rehearsal::Lease& lease) {
            const store::StoreOptions options = live();
            work(Parts{options,
                       &keys_,
                       &ledger_keys_,
                       clock_,
                       lease,
                       "impl01",
                       *this,
                       *base::Zone::find("Asia/Shanghai")});
        });
    }
    Subject subject(std::int64_t number = 1) {
        return {project_, *project_.find("core"), mappings_, number};
    }
    DrawOutcome draw_one(const DrawAsked& asked = {"checker's words", "", ""},
                         std::int64_t number = 1) {
        DrawOutcome out;
        with_parts([&](const Parts& parts) { out = draw(parts, subject(number), asked, {}); });
        return out;
    }
    ResultOutcome conclude_newest(std::int64_t number = 1) {
        ResultOutcome out;
        with_parts([&](const Parts& parts) {
            out = conclude(parts, subject(number), *newest_draw(*connection_, "core", number), {});
        });
        return out;
    }
    static std::vector<std::string> codes(const std::vector<ledger::Note>& notes) {
        std::vector<std::string> out;
        for (const ledger::Note& note : notes) {
            out.push_back(note.code);
            EXPECT_NE(spot_check::text("en", note), note.code);
            EXPECT_NE(spot_check::text("zh", note), note.code);
            EXPECT_EQ(spot_check::text("en", note).find('{'), std::string::npos)
                << spot_check::text("en", note);
        }
        return out;
    }

    std::vector<SheetRow> sheet_rows(std::int64_t number = 1) {
        return Sheet(*connection_, keys_, number).all();
    }
    Desk desk() { return Desk(**store_, keys_, &ledger_keys_, clock_); }
    // As a checker works: twice where the page asks for it.
    void say(std::int64_t place, RowVerdict verdict, const std::vector<std::string>& fields = {}) {
        Desk at = desk();
        at.show(draw_, place, kAccount);
        clock_.advance(std::chrono::seconds(5));
        if (at.judge(draw_, place, verdict, fields, kAccount) == Judged::Second) {
            EXPECT_EQ(at.judge(draw_, place, verdict, fields, kAccount), Judged::Kept);
        }
    }
    // Finds every decoy but the first `misses`, and takes every other row for right.
    void check_all(int misses = 0) {
        for (const SheetRow& row : sheet_rows(draw_)) {
            if (row.is_judged()) {
                continue;
            }
            const bool found = row.content.kind == RowKind::Decoy && misses-- <= 0;
            found ? say(row.place, RowVerdict::Wrong, {row.content.planted})
                  : say(row.place, RowVerdict::Right);
        }
    }
    std::int64_t place_of(RowKind kind, const std::string& entity = "person") {
        for (const SheetRow& row : sheet_rows(draw_)) {
            if (row.content.kind == kind && row.content.entity == entity && !row.is_judged()) {
                return row.place;
            }
        }
        return 0;
    }

    base::Result<std::map<std::string, FreshRow>> read(const engine::Mapping& mapping,
                                                       const std::set<std::string>& keys,
                                                       const std::stop_token&) override {
        ++readings_;
        if (fails_) {
            return base::Fault{mapping.name, "the source is away"};
        }
        std::map<std::string, FreshRow> out;
        auto& connector = mapping.connection == "units" ? units_ : staff_;
        connectors::ReadRequest request;
        const auto source = connector.open(request);
        base::RawBlock block;
        while (source->read(block, {})) {
            for (std::size_t row = 0; row < block.rows; ++row) {
                const std::string key =
                    match_key(std::vector<base::Value>{std::string(block.columns[0].cell(row))});
                if (keys.contains(key)) {
                    out[key] = fresh(source->columns(), block, row);
                }
            }
        }
        return out;
    }
    static FreshRow fresh(const std::vector<base::DescribedColumn>& columns,
                          const base::RawBlock& block,
                          std::size_t row) {
        FreshRow out;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool null = block.columns[i].is_null(row);
            const std::string text(block.columns[i].cell(row));
            out.cells.push_back({columns[i].name, null ? std::nullopt : std::optional(text)});
            if (columns[i].name == "changed") {
                out.changed_at =
                    base::Zone::find("Asia/Shanghai")->to_instant(*base::parse_local_time(text));
            }
        }
        return out;
    }

    test::ScriptedConnector staff_{{text_column("no", 12),
                                    text_column("name", 40),
                                    text_column("id_card", 18, true),
                                    text_column("sex", 2, true),
                                    {"born", "date", 0, 0, true},
                                    {"changed", "datetime", 0, 0, false},
                                    text_column("remark", 40, true)}};
    std::int64_t draw_ = 1;
    bool fails_ = false;
    int readings_ = 0;

  private:
    static base::DescribedColumn text_column(const char* name, int size, bool null = false) {
        return RehearsalBench::text(name, size, null);
    }
};

}  // namespace hrbridge::spot_check
