#include "connectors/odbc/query.h"

#include <gtest/gtest.h>

namespace hrbridge::odbc {
namespace {

base::Faults faults_of(std::string_view query) {
    base::Faults faults;
    static_cast<void>(QueryTemplate::parse(query, "a.map.yaml:4", faults));
    return faults;
}

Sql rendered(std::string_view query, const Sql& window, const Sql& page, std::string_view tail) {
    base::Faults faults;
    return QueryTemplate::parse(query, "a.map.yaml:4", faults).render(window, page, tail);
}

base::Faults dataset_faults(const std::string& yaml) {
    const auto node = base::parse_yaml(yaml, "a.map.yaml");
    base::Faults faults;
    static_cast<void>(read_dataset(*node, faults));
    return faults;
}

KeyValue text_key(const std::string& value) {
    return {KeyValue::Kind::Text, false, "varchar", value};
}
KeyValue number_key(const std::string& value) {
    return {KeyValue::Kind::Number, false, "bigint", value};
}

base::Timestamp instant(std::int64_t microseconds) {
    return base::Timestamp(std::chrono::microseconds(microseconds));
}

TEST(QueryTemplate, FillsItsPlaceholdersAndKeepsParametersInTheirOrder) {
    const Sql sql = rendered("SELECT 1 FROM t WHERE {page} AND {window};",
                             {"w < ?", {{"W", false}}},
                             {"k >= ?", {{"K", false}}},
                             "ORDER BY k");

    EXPECT_EQ(sql.text, "SELECT 1 FROM t WHERE k >= ? AND w < ?\nORDER BY k");
    EXPECT_EQ(sql.parameters, (std::vector<Parameter>{{"K", false}, {"W", false}}));
}

TEST(QueryTemplate, LeavesQuotesAndCommentsAlone) {
    const std::string query =
        "SELECT '{window} ? ; order by', \"or``der\" /* {page} limit */ FROM t -- union ?";

    EXPECT_TRUE(faults_of(query).empty());
    EXPECT_EQ(rendered(query, {"W", {}}, {"P", {}}, "").text, query);
}

TEST(QueryTemplate, RefusesAPlaceholderTwice) {
    const base::Faults faults = faults_of("SELECT 1 FROM t WHERE {page} AND {page}");

    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].where, "a.map.yaml:4: source.query");
}

TEST(QueryTemplate, RefusesAParameterOfItsOwn) {
    EXPECT_EQ(faults_of("SELECT 1 FROM t WHERE a = ?").size(), 1U);
}

TEST(QueryTemplate, RefusesASecondStatement) {
    EXPECT_EQ(faults_of("SELECT 1; DROP TABLE t").size(), 1U);
}

TEST(QueryTemplate, RefusesAnOrderOrLimitOutsideParenthesesOnly) {
    EXPECT_EQ(faults_of("SELECT 1 FROM t ORDER BY a").size(), 1U);
    EXPECT_EQ(faults_of("SELECT 1 FROM t Limit 5").size(), 1U);
    EXPECT_TRUE(faults_of("SELECT 1 FROM (SELECT 1 FROM u ORDER BY a LIMIT 5) t").empty());
}

TEST(QueryTemplate, RefusesAUnionThatThePlaceholdersWouldFillByHalf) {
    EXPECT_EQ(faults_of("SELECT 1 FROM t UNION SELECT 2 FROM u WHERE {page}").size(), 1U);
}

TEST(QueryTemplate, RefusesAnOrBesideAPlaceholderOnly) {
    EXPECT_EQ(faults_of("SELECT 1 FROM t WHERE st = 1 OR st = 2 AND {window} AND {page}").size(),
              1U);
    EXPECT_EQ(faults_of("SELECT 1 FROM t WHERE {window} AND {page} or st = 1").size(), 1U);
    EXPECT_EQ(faults_of("SELECT 1 FROM (SELECT 1 FROM t WHERE a = 1 Or {page}) x").size(), 1U);
    EXPECT_EQ(faults_of("SELECT 1 FROM t WHERE ({window} AND {page}) OR a = 1").size(), 1U);
    EXPECT_TRUE(
        faults_of("SELECT 1 FROM t WHERE (a = 1 OR b = 2) AND {window} AND {page}").empty());
    EXPECT_TRUE(faults_of("SELECT a = 1 OR b, 'or' FROM t JOIN u ON t.a = u.a OR t.b = u.b WHERE "
                          "{window} AND {page} GROUP BY x HAVING a OR b")
                    .empty());
    EXPECT_TRUE(
        faults_of("SELECT 1 FROM t WHERE CASE WHEN a OR b THEN 1 END = 1 AND {page}").empty());
    EXPECT_TRUE(
        faults_of("SELECT 1 FROM (SELECT 1 FROM t WHERE a OR b) x WHERE {page} -- or").empty());
}

TEST(QueryTemplate, RefusesWhatDoesNotClose) {
    EXPECT_FALSE(faults_of("SELECT 'a FROM t").empty());
    EXPECT_FALSE(faults_of("SELECT (1 FROM t").empty());
    EXPECT_FALSE(faults_of("").empty());
}

TEST(Dataset, WithAKeyNeedsAPage) {
    const base::Faults faults = dataset_faults("query: SELECT 1 FROM t WHERE {window}\nkey: [id]");

    ASSERT_EQ(faults.size(), 1U);
    EXPECT_NE(faults[0].where.find("a.map.yaml:1"), std::string::npos) << faults[0].where;
    EXPECT_NE(faults[0].what.find("{page}"), std::string::npos);
}

TEST(Dataset, WithoutAKeyHasNoPage) {
    EXPECT_EQ(dataset_faults("query: SELECT 1 FROM t WHERE {page}").size(), 1U);
}

TEST(Dataset, NeedsAQueryAndKnowsItsKeys) {
    EXPECT_EQ(dataset_faults("conn: erp\nkey: [id]\nqery: SELECT 1").size(), 2U);
}

TEST(Dataset, AcceptsWhatMappingsShare) {
    EXPECT_TRUE(dataset_faults("conn: erp\nread_as: {charset: gbk}\nkey: [id]\n"
                               "columns: {id: int!}\ndrift: {added: warn}\n"
                               "expressions: {id: p.id}\n"
                               "query: SELECT p.id FROM p JOIN q USING (id) WHERE {page}")
                    .empty());
}

TEST(WindowCondition, TakesRowsWithoutWatermarkOnlyFromTheBeginning) {
    const Dialect dialect = dialect_named("mariadb");
    const connectors::Window first{"c", std::nullopt, instant(1'500'000)};
    const connectors::Window next{"c", instant(0), instant(1'000'000)};

    const Sql from_start = window_condition(dialect, "c", first, base::Zone::utc());
    const Sql later = window_condition(dialect, "c", next, base::Zone::utc());

    EXPECT_EQ(from_start.text, "(c < ? OR c IS NULL)");
    EXPECT_EQ(from_start.parameters, (std::vector<Parameter>{{"1970-01-01 00:00:01.5", false}}));
    EXPECT_EQ(later.text, "(c >= ? AND c < ?)");
    EXPECT_EQ(
        later.parameters,
        (std::vector<Parameter>{{"1970-01-01 00:00:00", false}, {"1970-01-01 00:00:01", false}}));
}

TEST(WindowCondition, SkipsNoRowWhenTheClocksAreSetBack) {
    const auto at = [](const char* text) { return base::parse_timestamp(text).value(); };
    const connectors::Window window{
        "c", at("2024-10-27 00:30:00Z"), at("2024-10-27 01:30:00Z")};  // both 02:30 in Berlin

    const Sql sql = window_condition(
        dialect_named("mariadb"), "c", window, base::Zone::find("Europe/Berlin").value());

    EXPECT_EQ(
        sql.parameters,
        (std::vector<Parameter>{{"2024-10-27 01:59:59", false}, {"2024-10-27 03:00:00", false}}));
}

TEST(PageCondition, IsTrueBeforeTheFirstPage) {
    EXPECT_EQ(page_condition(dialect_named("mariadb"), {"a"}, {}).text, "1=1");
}

TEST(PageCondition, IsARowComparisonWhereThatUsesAnIndex) {
    const Sql sql =
        page_condition(dialect_named("sqlite"), {"a", "b"}, {number_key("5"), text_key("x")});

    EXPECT_EQ(sql.text, "(a, b) >= (5, ?)");
    EXPECT_EQ(sql.parameters, (std::vector<Parameter>{{"x", false}}));
}

TEST(PageCondition, IsSpelledOutElsewhere) {
    const Sql sql = page_condition(
        dialect_named("mariadb"), {"a", "b", "c"}, {number_key("5"), text_key("x"), text_key("y")});

    EXPECT_EQ(sql.text,
              "(a >= 5 AND (a > 5 OR (a = 5 AND (b >= ? AND (b > ? OR (b = ? AND c >= ?))))))");
    EXPECT_EQ(sql.parameters,
              (std::vector<Parameter>{{"x", false}, {"x", false}, {"x", false}, {"y", false}}));
}

TEST(PageCondition, CastsToTheColumnsTypeInPostgres) {
    const Sql sql = page_condition(
        dialect_named("postgres"), {"d"}, {{KeyValue::Kind::Text, false, "date", "2024-05-06"}});

    EXPECT_EQ(sql.text, "d >= CAST(? AS date)");
}

TEST(PageCondition, FollowsNullWhereItSortsLast) {
    const Dialect dialect = dialect_named("postgres");
    const KeyValue null{KeyValue::Kind::Null, true, "int4", ""};
    const KeyValue five{KeyValue::Kind::Number, true, "int4", "5"};

    EXPECT_EQ(page_condition(dialect, {"a"}, {five}).text, "(a >= 5 OR a IS NULL)");
    EXPECT_EQ(page_condition(dialect, {"a"}, {null}).text, "a IS NULL");
}

TEST(PageCondition, FollowsNullWhereItSortsFirst) {
    const Dialect dialect = dialect_named("mariadb");
    const KeyValue null{KeyValue::Kind::Null, true, "int", ""};

    EXPECT_EQ(page_condition(dialect, {"a"}, {null}).text, "1=1");
    EXPECT_EQ(page_condition(dialect, {"a", "b"}, {null, number_key("1")}).text,
              "(1=1 AND (a IS NOT NULL OR (a IS NULL AND b >= 1)))");
}

TEST(Dialect, IsFoundByProductOrDriver) {
    EXPECT_EQ(dialect_of_product("MariaDB"), "mariadb");
    EXPECT_EQ(dialect_of_product("Microsoft SQL Server"), "sqlserver");
    EXPECT_EQ(dialect_of_product("Dameng"), "generic");
    EXPECT_EQ(dialect_of_driver("PostgreSQL Unicode"), "postgres");
    EXPECT_EQ(dialect_of_driver(""), "");
}

TEST(Dialect, QuotesSoThatANameCannotEscape) {
    EXPECT_EQ(quote_name(dialect_named("mariadb"), "hr.we`ird"), "`hr`.`we``ird`");
    EXPECT_EQ(quote_name(dialect_named("sqlserver"), "a]b"), "[a]]b]");
    EXPECT_EQ(column_name(dialect_named("postgres"), "cPsn_Num"), "cPsn_Num");
    EXPECT_EQ(column_name(dialect_named("postgres"), "a; DROP"), "\"a; DROP\"");
}

}  // namespace
}  // namespace hrbridge::odbc
