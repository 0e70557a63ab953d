#include <algorithm>
#include <cstdint>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/connectors/odbc/databases.h"

// A window's rows are read in pages of MariaDB. In the order of the key each page may cost the
// source its whole table; in that of a watermark and a key that an index is sorted by it costs the
// page.
namespace hrbridge::odbc {
namespace {

constexpr int kRows = 20'000;
constexpr int kNewest = 1'500;  // more than the first page

// `changed` of all rows is in January, one second behind another; of the newest, which are the last
// by the key, 2024-05-06 08:00 to 08:02, ten of each second.
std::vector<std::string> table(const std::string& type,
                               const std::string& more,
                               const std::string& engine = "InnoDB") {
    return {fmt::format("CREATE TABLE t (id int NOT NULL PRIMARY KEY, name varchar(10), changed {} "
                        "NOT NULL{}) ENGINE = {}",
                        type,
                        more,
                        engine),
            fmt::format("INSERT INTO t (id, name, changed) SELECT seq, 'a', '2024-01-01' + "
                        "INTERVAL seq SECOND FROM "
                        "seq_1_to_{}",
                        kRows),
            fmt::format("UPDATE t SET changed = '2024-05-06 08:00:00' + INTERVAL ({0} - id) DIV 10 "
                        "SECOND WHERE id > {0} - {1}",
                        kRows,
                        kNewest),
            "ANALYZE TABLE t"};
}

connectors::ReadRequest window_of(const Mapping& mapping,
                                  const std::string& after = "",
                                  std::size_t block_rows = 2000) {
    connectors::ReadRequest request = mapping.request(after, block_rows);
    // 08:00 in Shanghai is 00:00 UTC.
    request.window = {"changed",
                      *base::parse_timestamp("2024-05-05 23:00:00Z"),
                      *base::parse_timestamp("2024-05-06 01:00:00Z")};
    return request;
}

bool is_by_watermark(const Reading& reading) {
    return Position::decode(reading.positions.at(0))->by_watermark;
}

// Rows and index entries that the server has looked at since it began.
std::int64_t rows_looked_at() {
    const std::string text = test::MariadbServer::instance().execute(
        "mysql",
        "SELECT sum(VARIABLE_VALUE) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME LIKE "
        "'HANDLER_READ%' AND VARIABLE_NAME <> 'HANDLER_READ_RND_NEXT'");
    return std::stoll(text.substr(text.find_first_of("0123456789")));
}

class WindowOrder : public testing::TestWithParam<std::string> {
  protected:
    void expect_nothing_lost_behind_any_block(const Mapping& mapping) {
        const Reading whole = read_all(database_, window_of(mapping, "", 97));
        for (std::size_t block = 0; block < whole.positions.size(); ++block) {
            const Reading rest =
                read_all(database_, window_of(mapping, whole.positions[block], 400));

            const auto from =
                whole.rows.begin() + static_cast<std::ptrdiff_t>(whole.rows_until[block]);
            ASSERT_EQ(rest.rows, Rows(from, whole.rows.end())) << "behind block " << block;
        }
    }
    bool reads_by_watermark(const std::string& query,
                            const std::string& expressions = "",
                            const std::string& key = "id") {
        const std::string text =
            fmt::format("conn: erp\nkey: [{}]\n{}query: |\n  {}\n", key, expressions, query);
        const auto node = base::parse_yaml(text, "t.map.yaml");
        const Mapping mapping(query, {key});
        connectors::ReadRequest request = window_of(mapping);
        request.dataset = &node.value();
        const Reading reading = read_all(database_, request);
        EXPECT_EQ(reading.rows.size(), static_cast<std::size_t>(kNewest));
        return is_by_watermark(reading);
    }

    Database database_{GetParam()};
    const std::string all_ = "SELECT * FROM t WHERE {window} AND {page}";
};

TEST_P(WindowOrder, TheNewestRowsCostTheSourceNoWholeTable) {
    database_.run(table("datetime", ", KEY (changed)"));
    const Mapping mapping(all_, {"id"});
    const std::int64_t before = rows_looked_at();

    const Reading reading = read_all(database_, window_of(mapping, "", 100));

    EXPECT_TRUE(is_by_watermark(reading));
    EXPECT_EQ(reading.rows.size(), static_cast<std::size_t>(kNewest));
    EXPECT_LE(rows_looked_at() - before, 2 * kNewest);
}

TEST_P(WindowOrder, RowsOfOneTimeAreNotLookedAtAgainForEachPage) {
    constexpr int kOfOneTime = 3'000;
    database_.run(
        {"CREATE TABLE t (id varchar(32) NOT NULL PRIMARY KEY, name varchar(20), changed "
         "datetime NOT NULL, KEY (changed))",
         fmt::format("INSERT INTO t SELECT LPAD(seq, 10, '0'), 'a', IF(seq > 57000, "
                     "'2024-05-06 08:00:00', '2024-01-01' + INTERVAL seq SECOND) FROM "
                     "seq_1_to_{}",
                     57'000 + kOfOneTime),
         "ANALYZE TABLE t"});
    // Pages of at most 750 rows.
    database_.guard().rows_per_second = 3'000;
    const Mapping mapping(all_, {"id"});
    const Reading whole = read_all(database_, window_of(mapping, "", 100));
    ASSERT_TRUE(is_by_watermark(whole));
    ASSERT_EQ(whole.rows.size(), static_cast<std::size_t>(kOfOneTime));

    for (const std::size_t block : {0U, 10U, 20U, 25U}) {
        const std::int64_t before = rows_looked_at();
        const Reading rest = read_all(database_, window_of(mapping, whole.positions[block], 100));

        const auto rows = static_cast<std::int64_t>(rest.rows.size());
        EXPECT_LE(rows_looked_at() - before, rows + rows / 4) << "behind block " << block;
    }
}

TEST_P(WindowOrder, IsThatOfTheWatermarkAndOfTheKeyBehindIt) {
    database_.run(table("datetime(3)", ", KEY (changed)"));
    const Mapping mapping("SELECT id, changed FROM t WHERE {window} AND {page}", {"id"});

    const Reading reading = read_all(database_, window_of(mapping));

    ASSERT_TRUE(is_by_watermark(reading));
    ASSERT_EQ(reading.rows.size(), static_cast<std::size_t>(kNewest));
    EXPECT_TRUE(std::is_sorted(
        reading.rows.begin(), reading.rows.end(), [](const auto& left, const auto& right) {
            const int first = std::stoi(*left[0]);
            const int second = std::stoi(*right[0]);
            return std::tie(*left[1], first) < std::tie(*right[1], second);
        }));
}

TEST_P(WindowOrder, GoesOnExactlyBehindAnyBlock) {
    database_.run(table("datetime(6)", ", KEY (changed)"));
    database_.run(
        {"UPDATE t SET changed = changed + INTERVAL id % 3 MICROSECOND WHERE id > 19000"});

    expect_nothing_lost_behind_any_block(Mapping(all_, {"id"}));
}

TEST_P(WindowOrder, GoesOnInTheOrderInWhichAReadingBegan) {
    database_.run(table("datetime", ""));
    const Mapping mapping(all_, {"id"});
    const Reading by_key = read_all(database_, window_of(mapping, "", 97));
    database_.run({"CREATE INDEX by_time ON t (changed)"});
    const Reading by_time = read_all(database_, window_of(mapping, "", 97));
    EXPECT_FALSE(is_by_watermark(by_key));
    EXPECT_TRUE(is_by_watermark(by_time));

    const auto rest_behind = [&](const Reading& begun) {
        const Reading rest = read_all(database_, window_of(mapping, begun.positions[4]));
        EXPECT_EQ(is_by_watermark(rest), is_by_watermark(begun));
        const auto from = begun.rows.begin() + static_cast<std::ptrdiff_t>(begun.rows_until[4]);
        EXPECT_EQ(rest.rows, Rows(from, begun.rows.end()));
    };
    rest_behind(by_key);
    database_.run({"DROP INDEX by_time ON t"});
    rest_behind(by_time);
}

TEST_P(WindowOrder, OfARowThatChangedMeanwhileTheNextWindowKnows) {
    database_.run(table("datetime", ", KEY (changed)"));
    const Mapping mapping(all_, {"id"});
    const Reading whole = read_all(database_, window_of(mapping, "", 100));
    const std::string& last = *whole.rows[whole.rows_until[3] - 1][0];
    database_.run({"UPDATE t SET changed = '2024-05-06 09:30:00' WHERE id = " + last});

    const Reading rest = read_all(database_, window_of(mapping, whole.positions[3]));

    const auto from = whole.rows.begin() + static_cast<std::ptrdiff_t>(whole.rows_until[3]);
    EXPECT_EQ(rest.rows, Rows(from, whole.rows.end()));
}

TEST_P(WindowOrder, IsThatOfTheKeyWithoutAnIndexThatIsSortedSo) {
    for (const std::string indexes : {", KEY (name, changed)",
                                      ", KEY (changed, name)",
                                      ", KEY (changed DESC)",
                                      ", KEY (changed) IGNORED"}) {
        database_.run({"DROP TABLE IF EXISTS t"});
        database_.run(table("datetime", indexes));
        EXPECT_FALSE(reads_by_watermark(all_)) << indexes;
    }
    database_.run({"DROP TABLE t"});
    database_.run(table("datetime", ", KEY (changed)", "MyISAM"));
    EXPECT_FALSE(reads_by_watermark(all_));
    database_.run({"CREATE INDEX both_columns ON t (changed, id)", "ANALYZE TABLE t"});
    EXPECT_TRUE(reads_by_watermark(all_));
}

TEST_P(WindowOrder, NeedsTheMappingsKeyBehindTheTimesAndNotThePrimaryOne) {
    database_.run(
        table("datetime", ", number int UNIQUE, kind enum('b','a') DEFAULT 'a', KEY (changed)"));
    database_.run({"UPDATE t SET number = id", "ANALYZE TABLE t"});
    EXPECT_FALSE(reads_by_watermark(all_, "", "number"));

    database_.run({"CREATE INDEX both_columns ON t (changed, number)",
                   "CREATE INDEX by_kind ON t (changed, kind)",
                   "DROP INDEX changed ON t",
                   "ANALYZE TABLE t"});

    EXPECT_TRUE(reads_by_watermark(
        "SELECT number, changed FROM t WHERE {window} AND {page}", "", "number"));
    // It is compared by its text, and sorted by its number.
    EXPECT_FALSE(
        reads_by_watermark("SELECT kind, changed FROM t WHERE {window} AND {page}", "", "kind"));
}

TEST_P(WindowOrder, OfMostOfATableIsThatOfItsRows) {
    database_.run(table("datetime", ", KEY (changed)"));
    const Mapping mapping(all_, {"id"});
    connectors::ReadRequest request = window_of(mapping);
    request.window->from = *base::parse_timestamp("2023-12-01 00:00:00Z");

    const Reading reading = read_all(database_, request);

    EXPECT_EQ(reading.rows.size(), static_cast<std::size_t>(kRows));
    EXPECT_FALSE(is_by_watermark(reading));
}

TEST_P(WindowOrder, IsThatOfTheKeyWhereTheWatermarkIsMadeOfOthers) {
    database_.run(table(
        "datetime",
        ", other datetime NOT NULL DEFAULT '2024-05-06 08:00:00', KEY (changed), KEY (other)"));

    EXPECT_TRUE(reads_by_watermark(all_));
    EXPECT_TRUE(reads_by_watermark("SELECT x.* FROM t x WHERE {window} AND {page}",
                                   "expressions: {changed: x.`changed`, id: x.id}\n"));
    EXPECT_FALSE(
        reads_by_watermark(all_, "expressions: {changed: 'GREATEST(changed, changed)'}\n"));
    EXPECT_FALSE(
        reads_by_watermark("SELECT id, other AS changed FROM t WHERE {window} AND {page}"));
    EXPECT_FALSE(reads_by_watermark(
        "SELECT id, changed + INTERVAL 0 SECOND AS changed FROM t WHERE {window} AND {page}"));
    EXPECT_FALSE(reads_by_watermark("SELECT id FROM t WHERE {window} AND {page}"));
}

TEST_P(WindowOrder, OfAJoinIsThatOfTheTimesThatAreShown) {
    database_.run(table("datetime", ", KEY (changed)"));
    database_.run(
        {"CREATE TABLE u (id int NOT NULL PRIMARY KEY, changed datetime NOT NULL, KEY "
         "(changed))",
         "INSERT INTO u SELECT id, '2024-05-06 08:00:00' - INTERVAL id SECOND FROM t",
         "CREATE TABLE kind (name varchar(10) NOT NULL PRIMARY KEY)",
         "INSERT INTO kind SELECT IF(seq = 1, 'a', seq) FROM seq_1_to_100",
         "ANALYZE TABLE u, kind"});
    const std::string by_t = "expressions: {changed: a.changed, id: a.id}\n";

    EXPECT_TRUE(
        reads_by_watermark("SELECT a.id, a.changed FROM t a JOIN kind k ON k.name = a.name "
                           "WHERE {window} AND {page}",
                           by_t));
    EXPECT_FALSE(reads_by_watermark(
        "SELECT b.*, a.changed FROM t a JOIN u b ON a.id = b.id WHERE {window} AND {page}", by_t));
    EXPECT_FALSE(reads_by_watermark(
        "SELECT b.* FROM t a JOIN u b ON a.id = b.id WHERE {window} AND {page}", by_t));
    EXPECT_FALSE(reads_by_watermark(
        "SELECT b.id, a.changed FROM t a JOIN u b ON a.id = b.id WHERE {window} AND {page}",
        "expressions: {changed: a.changed, id: b.id}\n"));
}

TEST_P(WindowOrder, IsNotThatOfATableOfTheSameNameInAnotherDatabase) {
    database_.run(table("datetime", ", KEY (changed)"));
    const std::string here = database_.name();
    const std::string other = test::MariadbServer::instance().create_database();
    database_.run(
        {fmt::format("CREATE TABLE {}.t LIKE {}.t", other, here),
         fmt::format("INSERT INTO {}.t SELECT id, name, changed - INTERVAL id SECOND FROM "
                     "{}.t",
                     other,
                     here)});
    const std::string joined = fmt::format(
        "FROM {0}.t JOIN {1}.t ON {0}.t.id = {1}.t.id WHERE {{window}} AND {{page}}", here, other);
    const std::string by_here =
        fmt::format("expressions: {{changed: {0}.t.changed, id: {0}.t.id}}\n", here);

    EXPECT_FALSE(reads_by_watermark(
        fmt::format("SELECT {0}.t.id, {1}.t.changed {2}", here, other, joined), by_here));
    EXPECT_TRUE(
        reads_by_watermark(fmt::format("SELECT {0}.t.id, {0}.t.changed FROM {0}.t WHERE {{window}} "
                                       "AND {{page}}",
                                       here),
                           by_here));
    test::MariadbServer::instance().drop_database(other);
}

TEST_P(WindowOrder, IsThatOfTheKeyWhereThePrimaryKeyIsSortedOtherwise) {
    auto statements = table("datetime", ", KEY (changed)");
    statements.insert(statements.end() - 1,
                      "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id DESC)");
    database_.run(statements);
    EXPECT_FALSE(reads_by_watermark(all_));

    database_.run({"DROP TABLE t"});
    statements = table("datetime", ", KEY (changed)");
    statements.insert(
        statements.end() - 1,
        "ALTER TABLE t PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (19000), "
        "PARTITION b VALUES LESS THAN MAXVALUE)");
    database_.run(statements);
    EXPECT_FALSE(reads_by_watermark(all_));
}

TEST_P(WindowOrder, IsThatOfTheKeyWhereAPageMightChangeARow) {
    database_.run(table("datetime", ", KEY (changed)"));
    for (const std::string query :
         {"SELECT id, changed, count(*) FROM t WHERE {window} AND {page} GROUP BY id, changed",
          "SELECT id, changed, count(*) OVER (PARTITION BY id) FROM t WHERE {window} AND {page}",
          "SELECT id, changed, (SELECT count(*) FROM t x) FROM t WHERE {window} AND {page}",
          "SELECT * FROM (SELECT id, changed FROM t) t WHERE {window} AND {page}"}) {
        EXPECT_FALSE(reads_by_watermark(query)) << query;
    }
}

// A server knows the zones that its owner has loaded.
void let_the_server_know_berlin() {
    test::MariadbServer::instance().execute(
        "mysql",
        "REPLACE INTO time_zone VALUES (77, 'N'); REPLACE INTO time_zone_name VALUES "
        "('Europe/Berlin', 77); REPLACE INTO time_zone_transition_type VALUES (77, 0, 3600, 0, "
        "'CET'), (77, 1, 7200, 1, 'CEST'); REPLACE INTO time_zone_transition VALUES (77, "
        "1711846800, 1), (77, 1729990800, 0)");
}

TEST_P(WindowOrder, OfInstantsIsThatOfTheKeyWhereClocksAreSetBack) {
    let_the_server_know_berlin();
    database_.run(
        {"CREATE TABLE t (id int NOT NULL PRIMARY KEY, changed timestamp NOT NULL, KEY "
         "(changed))"});
    // 02:30 in Berlin, twice, an hour apart.
    test::MariadbServer::instance().execute(
        database_.name(),
        "SET time_zone = '+00:00'; INSERT INTO t SELECT seq, "
        "IF(seq % 2 = 0, '2024-10-27 00:30:00', "
        "'2024-10-27 01:30:00') FROM seq_1_to_1500; ANALYZE TABLE t");
    const Mapping mapping(all_, {"id"});
    connectors::ReadRequest request = mapping.request("", 100);
    request.window = {"changed",
                      *base::parse_timestamp("2024-10-27 00:00:00Z"),
                      *base::parse_timestamp("2024-10-27 02:00:00Z")};
    EXPECT_TRUE(is_by_watermark(read_all(database_, request)));

    request.zone = "Europe/Berlin";
    const Reading reading = read_all(database_, request);

    EXPECT_FALSE(is_by_watermark(reading));
    EXPECT_EQ(reading.rows.size(), 1500U);
}

INSTANTIATE_TEST_SUITE_P(Ways,
                         WindowOrder,
                         testing::Values("mariadb", "native_mariadb"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace hrbridge::odbc
