#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/base/packed_row.h"
#include "daemon/base/seal.h"
#include "daemon/jobs/sync_runner.h"
#include "daemon/store/repositories.h"
#include "mappings/engine/mapping.h"
#include "tests/contract/support/sync_once.h"
#include "tests/contract/support/trap_rows.h"
#include "tests/daemon/jobs/support/test_store.h"

namespace hrbridge {
namespace {

using test::TrapRow;

constexpr const char* kMapping = R"(
map: test/trap
source:
  conn: erp
  read_as: {charset: utf-8, zone: UTC}
  query: SELECT * FROM trap WHERE {page}
  key: [a, b]
  columns: {code: varchar, a: varchar, b: varchar, name: varchar, note: text, amount: decimal, day: date, raw: bytes}
  drift: {added: ignore, widened: ignore, narrowed: ignore, retyped: ignore}
target:
  entity: org_unit
  key: [code]
  write: upsert
fields:
  code:       {from: code, type: text(32), id: F01}
  name:       {from: name, type: text(80), id: F02}
  kind:       {value: team, type: text(16), id: F03}
  valid_from: {from: day, type: date, opt: true, id: F04}
  note:       {from: note, type: text(70000), opt: true, store: false, id: F05}
  amount:     {from: amount, type: 'decimal(38,10)', opt: true, store: false, id: F06}
  raw:        {from: raw, type: text(200), opt: true, store: false, id: F07}
)";

std::string repeated(const std::string& part, std::size_t bytes) {
    std::string text;
    while (text.size() + part.size() <= bytes) {
        text += part;
    }
    return text;
}

std::vector<TrapRow> rows_of(const std::string& kind) {
    const std::string most_digits(28, '9');
    std::vector<TrapRow> rows{
        {.code = "null", .a = "1", .name = std::nullopt, .refused_by = "F02"},
        {.code = "empty", .a = "2", .name = ""},
        {.code = "word", .a = "3", .name = "NULL", .note = "NULL"},
        {.code = "blanks", .a = "4", .name = "  trailing  ", .note = " \t "},
        {.code = "most", .a = "5", .amount = most_digits + ".9999999999"},
        {.code = "least", .a = "6", .amount = "-" + most_digits + ".9999999999"},
        {.code = "small", .a = "7", .amount = "0.0000000001"},
        {.code = "first_day", .a = "8", .day = "1900-01-01"},
        {.code = "leap_day", .a = "9", .day = "2024-02-29"},
        {.code = "emoji", .a = "a", .name = "张三😀👨‍👩‍👧"},
        {.code = "four_bytes", .a = "b", .name = "𠮷野家㐂"},
        {.code = "private_use", .a = "c", .name = "\xEE\x81\x96"},
        {.code = "long", .a = "d", .note = repeated("汉😀", 65'536)},
        {.code = "no_text", .a = "e", .raw = "\xAA\xF7\xFF", .refused_by = "decode"},
        {.code = "zero_byte", .a = "f", .raw = std::string("a\0b", 3), .refused_by = "decode"},
        // Joined by anything, or by nothing, these are one key; both are refused.
        {.code = "joined1", .a = "x|", .b = "y", .name = std::nullopt, .refused_by = "F02"},
        {.code = "joined2", .a = "x", .b = "|y", .name = std::nullopt, .refused_by = "F02"},
        {.code = "joined3", .a = "12", .b = "3", .name = std::nullopt, .refused_by = "F02"},
        {.code = "joined4", .a = "1", .b = "23", .name = std::nullopt, .refused_by = "F02"},
        {.code = "too_long", .a = "g", .name = repeated("长", 300), .refused_by = "F02"},
    };
    if (kind != "postgres") {
        rows.push_back({.code = "no_day", .a = "h", .day = "0000-00-00", .refused_by = "F04"});
    }
    if (kind == "sqlite") {
        rows.push_back({.code = "no_leap", .a = "i", .day = "2023-02-29", .refused_by = "F04"});
        rows.push_back({.code = "39_digits",
                        .a = "j",
                        .amount = "1" + most_digits + ".9999999999",
                        .refused_by = "F06"});
    }
    return rows;
}

class TrapTableSync : public testing::TestWithParam<std::tuple<std::string, std::string>> {
  protected:
    TrapTableSync()
        : database_(std::get<0>(GetParam())),
          table_(database_),
          store_(std::get<1>(GetParam())),
          keys_(*base::SealKeys::parse(base::SealKeys::generate("k1"))),
          rows_(rows_of(database_.kind())) {
        for (const TrapRow& row : rows_) {
            table_.insert(row);
        }
        engine::LoadedMapping loaded = engine::parse_mapping(kMapping, "trap.map.yaml");
        for (const base::Fault& fault : loaded.faults) {
            ADD_FAILURE() << fault.where << ": " << fault.what;
        }
        mapping_ = std::move(*loaded.mapping);
    }

    jobs::SyncReport sync() { return test::sync_once(database_, store_, mapping_, keys_); }

    // The bytes of a stored row's name in hex, and its day; absent when there is no such row.
    std::optional<std::vector<std::string>> stored(const std::string& code) {
        const auto connection = store_.connect();
        const auto rows =
            connection->query("SELECT name, valid_from FROM org_unit WHERE code = $1", {code});
        if (!rows->next()) {
            return std::nullopt;
        }
        const base::Value day = rows->value(1);
        return std::vector<std::string>{
            test::hex_of(rows->text(0)),
            std::holds_alternative<base::Null>(day) ? "null" : test::hex_of(base::to_string(day))};
    }

    // By code: rule and cells of the rows that were kept as rejects.
    std::map<std::string, std::pair<std::string, std::vector<std::string>>> kept() {
        std::vector<base::DescribedColumn> columns;
        for (const std::string& name : test::trap_columns()) {
            columns.push_back({name, "varchar", 0, 0, true});
        }
        const auto connection = store_.connect();
        store::RejectRepository rejects(*connection);
        std::map<std::string, std::pair<std::string, std::vector<std::string>>> found;
        for (const model::RejectedRow& reject : rejects.list({})) {
            const auto kept_row = rejects.kept_row(reject.id, keys_);
            base::RawBlock block;
            EXPECT_TRUE(kept_row && base::unpack_row(kept_row->packed, columns, block));
            std::vector<std::string> cells;
            for (const base::RawColumn& column : block.columns) {
                cells.push_back(column.has_bytes(0) ? test::hex_of(std::string(column.cell(0)))
                                                    : "null");
            }
            found[std::string(block.columns[0].cell(0))] = {reject.rule, cells};
        }
        return found;
    }

    odbc::Database database_;
    test::TrapTable table_;
    test::TestStore store_;
    base::SealKeys keys_;
    std::vector<TrapRow> rows_;
    engine::Mapping mapping_;
};

TEST_P(TrapTableSync, EveryCellArrivesOrIsKeptByteForByteWithTheRuleThatRefusedIt) {
    const auto native = table_.cells();
    ASSERT_EQ(native.size(), rows_.size());

    const jobs::SyncReport report = sync();

    ASSERT_EQ(report.outcome, jobs::SyncOutcome::Done)
        << report.error << jobs::to_text(report.faults);
    const auto kept_rows = kept();
    for (const TrapRow& row : rows_) {
        const auto unit = stored(row.code);
        const auto refused = kept_rows.find(row.code);
        ASSERT_EQ(unit.has_value(), row.refused_by.empty()) << row.code;
        ASSERT_EQ(refused != kept_rows.end(), !row.refused_by.empty()) << row.code;
        const std::vector<std::string>& cells = native.at(row.code);
        if (unit) {
            EXPECT_EQ(*unit, (std::vector<std::string>{cells[3], cells[6]})) << row.code;
        } else {
            EXPECT_EQ(refused->second.first, row.refused_by) << row.code;
            EXPECT_EQ(refused->second.second, cells) << row.code;
        }
    }
}

// Nothing but the raw cells: all of them, those of rows that arrive too.
TEST_P(TrapTableSync, EveryCellIsReadAsTheDatabasesOwnClientReadsIt) {
    const auto native = table_.cells();
    const odbc::Mapping all(
        "SELECT code, a, b, name, note, amount, day, raw FROM trap WHERE {page}", {"a", "b"});

    const odbc::Reading reading = odbc::read_all(database_, all.request());

    ASSERT_EQ(reading.rows.size(), native.size());
    for (const std::vector<odbc::Cell>& row : reading.rows) {
        std::vector<std::string> cells;
        for (const odbc::Cell& cell : row) {
            cells.push_back(cell ? test::hex_of(*cell) : "null");
        }
        EXPECT_EQ(cells, native.at(*row[0])) << *row[0];
    }
}

INSTANTIATE_TEST_SUITE_P(SourcesAndStores,
                         TrapTableSync,
                         testing::Combine(testing::ValuesIn(odbc::all_kinds()),
                                          testing::Values("sqlite", "postgres")),
                         [](const auto& instance) {
                             return std::get<0>(instance.param) + "_to_" +
                                    std::get<1>(instance.param);
                         });

}  // namespace
}  // namespace hrbridge
