#include "migration/spot_check/decoy.h"

#include <gmock/gmock.h>

#include "migration/spot_check/source_reader.h"
#include "tests/migration/spot_check/spot_bench.h"

namespace hrbridge::spot_check {
namespace {

using base::Kind;

sampling::Digest seed_of(int number) {
    return sampling::draw_seed("entry", std::to_string(number));
}

RowContent row_with(Kind kind, const std::string& field, const std::string& target) {
    RowContent row;
    row.entity = "person";
    row.key = "E0001";
    row.fields = {{"person_no", Kind::Text, "E0001", false, false, true, {"no"}},
                  {field, kind, target, false, false, false, {"column"}}};
    row.source = {{"no", "E0001"}, {"column", "anything"}};
    return row;
}

engine::Mapping mapping_with(const std::string& field, const std::string& more = "") {
    return rehearsal::read_mapping(R"(
map: test/one
source:
  conn: c
  query: SELECT no, column FROM t WHERE {page}
  key: [no]
  columns: {no: varchar(12)!, column: varchar(40)}
target: {entity: person, key: [person_no], write: upsert}
fields:
  person_no: {from: no, type: text(32), id: F01}
  )" + field + ": {from: column, type: text(40), opt: true, id: F02" +
                                   more + "}\n");
}

// All values that a decoy of this one may show.
std::set<std::string> altered(Kind kind,
                              const std::string& target,
                              const std::string& more = "",
                              const std::vector<std::string>& neighbours = {}) {
    const engine::Mapping mapping = mapping_with("gender", more);
    std::vector<RowContent> rows;
    for (const std::string& value : neighbours) {
        rows.push_back(row_with(kind, "gender", value));
    }
    std::vector<const RowContent*> others;
    for (const RowContent& each : rows) {
        others.push_back(&each);
    }
    std::set<std::string> values;
    for (int i = 0; i < 200; ++i) {
        RowContent row = row_with(kind, "gender", target);
        if (!plant(row, mapping, others, seed_of(i))) {
            continue;
        }
        EXPECT_EQ(row.planted, "gender");
        EXPECT_EQ(row.find("person_no")->target, "E0001");
        EXPECT_NE(*row.find("gender")->target, target);
        values.insert(*row.find("gender")->target);
    }
    return values;
}

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(ADecoy, OfADayLiesADayTenDaysOrAYearBesideIt) {
    EXPECT_THAT(
        altered(Kind::Date, "2020-03-01"),
        UnorderedElementsAre(
            "2020-02-29", "2020-03-02", "2020-02-20", "2020-03-11", "2019-03-02", "2021-03-01"));
}

TEST(ADecoy, OfATimeLiesHoursBesideIt) {
    EXPECT_THAT(altered(Kind::Timestamp, "2020-03-01 08:00:00"),
                testing::AllOf(testing::SizeIs(6), testing::Contains("2020-03-01 16:00:00")));
}

TEST(ADecoy, OfAnAmountHasAnotherDigitAndKeepsItsForm) {
    for (const std::string& value : altered(Kind::Decimal, "8500.00")) {
        EXPECT_EQ(value.size(), 7U);
        EXPECT_EQ(value[0], '8');
        EXPECT_EQ(value[4], '.');
    }
}

TEST(ADecoy, OfASmallNumberIsItsNeighbour) {
    EXPECT_THAT(altered(Kind::Int, "0"), ElementsAre("1"));
    EXPECT_THAT(altered(Kind::Int, "9"), ElementsAre("8"));
    EXPECT_THAT(altered(Kind::Int, "4"), UnorderedElementsAre("3", "5"));
}

TEST(ADecoy, OfACodeIsAnotherCodeOfTheSameTable) {
    EXPECT_THAT(altered(Kind::Text, "male", ", map: {1: male, 2: female, 3: other}"),
                UnorderedElementsAre("female", "other"));
    EXPECT_THAT(altered(Kind::Text, "male", ", map: {1: male, 2: male}"), IsEmpty());
}

TEST(ADecoy, OfAnIdentityNumberDiffersInOneDigit) {
    const std::string own = "110101199003076632";
    for (const std::string& value : altered(Kind::Text, own)) {
        ASSERT_EQ(value.size(), own.size());
        int differs = 0;
        for (std::size_t i = 0; i < own.size(); ++i) {
            differs += own[i] == value[i] ? 0 : 1;
        }
        EXPECT_EQ(differs, 1);
    }
}

TEST(ADecoy, OfANameIsANeighboursName) {
    EXPECT_THAT(altered(Kind::Text, "张三", "", {"李四", "王五", "张三"}),
                UnorderedElementsAre("李四", "王五"));
    EXPECT_THAT(altered(Kind::Text, "张三", "", {"张三"}), IsEmpty());
}

TEST(ADecoy, FollowsFromSeedAndRowAlone) {
    const engine::Mapping mapping = mapping_with("gender");
    RowContent one = row_with(Kind::Decimal, "gender", "1234567.89");
    RowContent two = one;
    EXPECT_TRUE(plant(one, mapping, {}, seed_of(1)));
    EXPECT_TRUE(plant(two, mapping, {}, seed_of(1)));
    EXPECT_EQ(one.find("gender")->target, two.find("gender")->target);
}

TEST(ADecoy, IsNotMadeOfAValueThatTheSourceDoesNotHave) {
    const engine::Mapping mapping = mapping_with("gender");
    RowContent row = row_with(Kind::Int, "gender", "5");
    row.source[1].text = std::nullopt;
    EXPECT_FALSE(plant(row, mapping, {}, seed_of(1)));
    row.source[1].text = " ";
    EXPECT_FALSE(plant(row, mapping, {}, seed_of(1)));
    row.source.clear();
    EXPECT_FALSE(plant(row, mapping, {}, seed_of(1)));
    EXPECT_EQ(row.planted, "");
}

TEST(ARowsContent, ComesBackAsItWasSealed) {
    RowContent row = row_with(Kind::Date, "birth_date", "1990-01-01");
    row.kind = RowKind::Decoy;
    row.planted = "birth_date";
    row.stratum = 3;
    row.mapping = "test/one";
    row.shown_key = "E***1";
    row.source[1].text = std::nullopt;
    row.source[1].personal = true;
    row.source_rows = 2;
    row.changed = "2024-05-06 21:00:00";
    row.fields[1].critical = true;
    const auto again = content_from_json(to_json(row));
    ASSERT_TRUE(again);
    EXPECT_EQ(to_json(*again), to_json(row));
    EXPECT_EQ(again->kind, RowKind::Decoy);
    EXPECT_EQ(again->cell("COLUMN")->text, std::nullopt);
    EXPECT_TRUE(again->has_critical());
    EXPECT_FALSE(content_from_json("{}"));
    EXPECT_FALSE(content_from_json("nonsense"));
}

TEST(AMatchKey, IsOfOneKeyOnly) {
    using Key = std::vector<base::Value>;
    EXPECT_NE(match_key(Key{std::string("a/b"), std::string("c")}),
              match_key(Key{std::string("a"), std::string("b/c")}));
    EXPECT_NE(match_key(Key{base::Null{}}), match_key(Key{std::string()}));
    EXPECT_EQ(match_key(Key{*base::parse_date("2024-05-06")}),
              match_key(Key{std::string("2024-05-06")}));
}

}  // namespace
}  // namespace hrbridge::spot_check
