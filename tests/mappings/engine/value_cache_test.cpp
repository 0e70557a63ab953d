#include "mappings/engine/value_cache.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/mappings/engine/map_rows.h"

namespace hrbridge::engine {
namespace {

using testing_support::Cells;
using testing_support::map_rows;
using testing_support::Mapped;
using testing_support::mapping_with;

TEST(ValueCache, GivesWhatWasPutOrNothing) {
    ValueCache cache(64);
    ValueCache::Made made;
    ASSERT_TRUE(cache.takes("a"));
    EXPECT_FALSE(cache.find("a", made));
    cache.put("a", {false, {7, 8}, "A", 5, true, false, true});
    ASSERT_TRUE(cache.find("a", made));
    EXPECT_EQ(made.typed.word, 7);
    EXPECT_TRUE(made.typed.decimal == 8);
    EXPECT_EQ(made.text, "A");
    EXPECT_EQ(made.changed, 5U);
    EXPECT_TRUE(made.private_use && !made.replacement && made.check_changed);
    EXPECT_FALSE(cache.find("", made));
    cache.put("", {true, {}, "", 0, false, false, false});
    ASSERT_TRUE(cache.find("", made));
    EXPECT_TRUE(made.null);
}

TEST(ValueCache, HoldsNoLongValues) {
    ValueCache cache(64);
    EXPECT_FALSE(cache.takes(std::string(ValueCache::kMostBytes + 1, 'x')));
    ValueCache::Made made;
    const std::string long_text(ValueCache::kMostBytes + 1, 'y');
    made.text = long_text;
    cache.put("a", made);
    EXPECT_FALSE(cache.find("a", made));
}

TEST(ValueCache, LeavesAColumnAloneWhoseValuesHardlyComeAgain) {
    ValueCache cache(64);
    ValueCache::Made made;
    int asked = 0;
    while (cache.takes("a") && asked < 100'000) {
        const std::string raw = std::to_string(asked++);
        if (!cache.find(raw, made)) {
            cache.put(raw, {});
        }
    }
    EXPECT_LT(asked, 100'000);
}

// What each row becomes alone, with a mapper that has met nothing yet.
struct Alone {
    std::vector<std::string> values;
    std::vector<std::string> reasons;
    std::map<std::string, std::int64_t> changed;
    std::int64_t private_use = 0;
};

Alone map_alone(const Mapping& mapping, const Cells& rows) {
    Alone all;
    for (const auto& row : rows) {
        const Mapped mapped = map_rows(mapping, {row});
        for (const RowFault& fault : mapped.rejects) {
            all.reasons.push_back(fault.rule + fault.reason);
        }
        if (mapped.rejects.empty()) {
            all.values.push_back(mapped.value(0, "f") + "|" + mapped.value(0, "g"));
        }
        for (const auto& [counter, count] : mapped.counts.changed) {
            all.changed[counter] += count;
        }
        for (const auto& [field, count] : mapped.counts.private_use) {
            all.private_use += count;
        }
    }
    return all;
}

TEST(ValueCache, ChangesNoValueNoReasonAndNoCount) {
    const Mapping mapping = mapping_with(
        "  f: {from: a, do: [trim, upper, half_width, nfc, 'null_if X', empty_to_null], type: "
        "text(8), opt: true, match: '[^Z]*', id: F02}\n"
        "  g: {from: b, do: [trim, empty_to_null], type: 'decimal(6,2)', opt: true, range: ['-5', "
        "'50'], id: F03}\n");
    const std::vector<std::optional<std::string>> texts{"a",
                                                        " a",
                                                        "A ",
                                                        "x",
                                                        "X",
                                                        "",
                                                        "z",
                                                        "Ｑ",
                                                        "e\xCC\x81",
                                                        "张三",
                                                        "\xEE\x81\x96",
                                                        "toolongtext",
                                                        "\xFF",
                                                        std::nullopt};
    const std::vector<std::optional<std::string>> numbers{
        "1", "1.00", " 2.5", "", "51", "-6", "2.555", "x", std::nullopt};
    std::mt19937 dice(7);
    Cells rows;
    for (int row = 0; row < 3000; ++row) {
        rows.push_back({texts[dice() % texts.size()], numbers[dice() % numbers.size()], "c"});
    }

    const Alone alone = map_alone(mapping, rows);
    const Mapped together = map_rows(mapping, rows);

    std::vector<std::string> reasons;
    for (const RowFault& fault : together.rejects) {
        reasons.push_back(fault.rule + fault.reason);
    }
    std::vector<std::string> values;
    for (std::size_t row = 0; row < together.source_rows.size(); ++row) {
        values.push_back(together.value(row, "f") + "|" + together.value(row, "g"));
    }
    EXPECT_GT(values.size(), 500U);
    EXPECT_GT(reasons.size(), 500U);
    EXPECT_EQ(values, alone.values);
    EXPECT_EQ(reasons, alone.reasons);
    EXPECT_EQ(together.counts.changed, alone.changed);
    ASSERT_GT(alone.private_use, 0);
    EXPECT_EQ(together.counts.private_use.at("f"), alone.private_use);
}

// A field that looks at other columns of the row is not decided by its own cell.
TEST(ValueCache, IsNotAskedWhereOtherColumnsCount) {
    const Mapping mapping =
        mapping_with("  f: {from: a, do: ['concat - b'], type: text(20), id: F02}\n");
    const Mapped mapped = map_rows(mapping, {{"x", "1", "c"}, {"x", "2", "c"}});
    EXPECT_EQ(mapped.value(0, "f"), "x-1");
    EXPECT_EQ(mapped.value(1, "f"), "x-2");
}

}  // namespace
}  // namespace hrbridge::engine
