#include "connectors/odbc/select_list.h"

#include <gtest/gtest.h>

namespace hrbridge::odbc {
namespace {

using Names = std::vector<std::string>;

std::string narrowed(std::string_view query, const Names& only) {
    return narrow_select(query, only).value_or("-");
}

TEST(SelectList, KeepsTheColumnsAskedForAndAllBehindFrom) {
    EXPECT_EQ(
        narrowed("SELECT id, name, changed FROM t WHERE {window} AND {page}", {"ID", "changed"}),
        "SELECT id, changed FROM t WHERE {window} AND {page}");
}

TEST(SelectList, FindsAColumnByTheNameThatItHasInTheResult) {
    EXPECT_EQ(narrowed("select p.cNum, p.\"cName\", CAST(p.x AS char(8)) AS kind, y z from p",
                       {"cnum", "CNAME", "kind", "z"}),
              "select p.cNum, p.\"cName\", CAST(p.x AS char(8)) AS kind, y z from p");
    EXPECT_EQ(narrowed("SELECT a + b, c FROM t", {"b"}), "-");
}

TEST(SelectList, KeepsWhatMayMakeOtherRows) {
    EXPECT_EQ(narrowed("SELECT id, unnest(tags) AS tag, upper(x) AS x FROM t", {"id"}),
              "SELECT id, unnest(tags) AS tag FROM t");
    for (const char* query : {"SELECT DISTINCT id, kind FROM t",
                              "SELECT id, max(x) AS x FROM t GROUP BY id",
                              "SELECT id, x FROM t WHERE {page} UNION ALL SELECT id, y FROM u",
                              "SELECT id, x FROM t EXCEPT SELECT id, y FROM u",
                              "SELECT TOP 5 id, x FROM t",
                              "SELECT UNIQUE id, x FROM t",
                              "SELECT FIRST 10 x, id FROM t",
                              "SELECT id, x = t.y, y = t.x FROM t",
                              "SELECT id, [from], name FROM t",
                              "SELECT id, x # FROM\n, y FROM t",
                              "SELECT * FROM t",
                              "SELECT t.*, id FROM t",
                              "WITH a AS (SELECT 1 AS id) SELECT id FROM a"}) {
        EXPECT_EQ(narrowed(query, {"id"}), "-") << query;
    }
}

TEST(SelectList, StaysWholeWhenTheQueryUsesANameThatOnlyTheListGives) {
    for (const char* query : {"SELECT id, upper(x) AS k FROM t WHERE k <> 'X' AND {page}",
                              "SELECT id, upper(x) AS k FROM t WHERE \"K\" <> 'X' AND {page}",
                              "SELECT id, x k FROM t WHERE {page} ORDER BY `k`",
                              "SELECT x + 1 AS k, k * 2 AS id FROM t"}) {
        EXPECT_EQ(narrowed(query, {"id"}), "-") << query;
    }
    // A column's own name is the table's with or without the list.
    EXPECT_EQ(narrowed("SELECT id, t.kind, x AS k FROM t WHERE kind <> 'k' AND t.k = 1", {"id"}),
              "SELECT id FROM t WHERE kind <> 'k' AND t.k = 1");
}

TEST(SelectList, LeavesTheLineEndThatEndsAComment) {
    EXPECT_EQ(narrowed("SELECT x, id -- the key\nFROM t", {"id"}), "SELECT id -- the key\n FROM t");
}

TEST(SelectList, StaysWholeWhenAColumnIsNotFoundOrTwice) {
    EXPECT_EQ(narrowed("SELECT id, name FROM t", {"id", "changed"}), "-");
    EXPECT_EQ(narrowed("SELECT a.id, b.id FROM a, b", {"id"}), "-");
}

TEST(SelectList, IsNotMisledByQuotesCommentsAndSubselects) {
    EXPECT_EQ(narrowed("-- all, from everywhere\nSELECT id, ', FROM' AS x, (SELECT max(y) FROM u) "
                       "AS y /* , */ FROM t",
                       {"id"}),
              "-- all, from everywhere\nSELECT id, (SELECT max(y) FROM u) AS y /* , */ FROM t");
}

}  // namespace
}  // namespace hrbridge::odbc
