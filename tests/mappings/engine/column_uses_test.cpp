#include "mappings/engine/column_uses.h"

#include <gtest/gtest.h>

namespace hrbridge::engine {
namespace {

using Uses = std::vector<ColumnUse>;

const Mapping& mapping() {
    static const Mapping kMapping = [] {
        const LoadedMapping loaded = parse_mapping(
            "map: test/thing\n"                                                            // 1
            "source:\n"                                                                    // 2
            "  conn: erp\n"                                                                // 3
            "  query: |\n"                                                                 // 4
            "    SELECT t.k, first, last, pay,\n"                                          // 5
            "           payday, at\n"                                                      // 6
            "      FROM t WHERE {window} AND {page}\n"                                     // 7
            "  key: [k]\n"                                                                 // 8
            "  expressions:\n"                                                             // 9
            "    k: t.k\n"                                                                 // 10
            "    at: COALESCE(t.at, t.payday)\n"                                           // 11
            "  columns:\n"                                                                 // 12
            "    k: varchar(20)!\n"                                                        // 13
            "    first: varchar(20)\n"                                                     // 14
            "    last: varchar(20)\n"                                                      // 15
            "    pay: decimal(12,2)\n"                                                     // 16
            "    payday: date\n"                                                           // 17
            "    at: datetime!\n"                                                          // 18
            "sync:\n"                                                                      // 19
            "  window:\n"                                                                  // 20
            "    by: at\n"                                                                 // 21
            "    overlap: 1h\n"                                                            // 22
            "target: {entity: thing, key: [key]}\n"                                        // 23
            "fields:\n"                                                                    // 24
            "  key: {from: k, type: text(20), id: F01}\n"                                  // 25
            "  name: {from: first, do: ['concat \" \" last'], type: text(41), id: F02}\n"  // 26
            "  nick: {from: last, do: [first_of first], type: text(20), opt: true, id: F03}\n"
            "  pay: {from: pay, do: ['null_if last'], type: 'decimal(12,2)', opt: true, id: F04}\n",
            "t.map.yaml");
        for (const base::Fault& fault : loaded.faults) {
            ADD_FAILURE() << fault.where << ": " << fault.what;
        }
        return *loaded.mapping;
    }();
    return kMapping;
}

TEST(ColumnUses, AreTheContractTheKeyTheWindowTheSqlAndTheFields) {
    EXPECT_EQ(column_uses(mapping(), "K"),
              (Uses{{"source.columns.k", 13},
                    {"source.query", 5},
                    {"source.key", 8},
                    {"source.expressions.k", 10},
                    {"fields.key", 25}}));
    EXPECT_EQ(column_uses(mapping(), "at"),
              (Uses{{"source.columns.at", 18},
                    {"source.query", 6},
                    {"source.expressions.at", 11},
                    {"sync.window.by", 21}}));
    EXPECT_EQ(
        column_uses(mapping(), "payday"),
        (Uses{{"source.columns.payday", 17}, {"source.query", 6}, {"source.expressions.at", 11}}));
}

TEST(ColumnUses, AreTheStepsThatReadAnotherColumnAndNotThoseThatCompareWithItsName) {
    EXPECT_EQ(column_uses(mapping(), "last"),
              (Uses{{"source.columns.last", 15},
                    {"source.query", 5},
                    {"fields.name", 26},
                    {"fields.nick", 27}}));
}

TEST(ColumnUses, OfAColumnThatTheMappingDoesNotKnowAreTheContract) {
    EXPECT_EQ(column_uses(mapping(), "more"), (Uses{{"source.columns", 12}}));
}

std::string named(const std::string& message) {
    const ContractColumn* const column = column_named_in(mapping(), message);
    return column == nullptr ? "" : column->name;
}

TEST(ColumnNamedIn, IsWhatTheDatabasesSay) {
    EXPECT_EQ(named("erp: preparing the query failed; Unknown column 't.pay' in 'SELECT'"), "pay");
    EXPECT_EQ(named("pay: running the query failed; Unknown column 'at' in 'WHERE'"), "at");
    EXPECT_EQ(named("ERROR: column \"payday\" does not exist; hint: the column \"t.pay\""),
              "payday");
    EXPECT_EQ(named("no such column: t.last (1). Check the mapping's query."), "last");
    EXPECT_EQ(named("Unknown column 'pay2' in 'SELECT'"), "");
    EXPECT_EQ(named("pay is no table"), "");
}

}  // namespace
}  // namespace hrbridge::engine
