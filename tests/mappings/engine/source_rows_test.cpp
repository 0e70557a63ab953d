#include "mappings/engine/source_rows.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hrbridge::engine {
namespace {

// One row of raw cells against one row of target cells, all text.
struct Sample {
    Mapping mapping;
    std::vector<SourceRows::KeyColumn> key;
    const base::SealKeys* keys = nullptr;

    Sample& field(const std::string& target, const std::string& from) {
        FieldRule rule;
        rule.target = target;
        rule.from = from;
        mapping.fields.push_back(rule);
        return *this;
    }
    std::int64_t number(const std::vector<std::string>& raw_cells,
                        const std::vector<std::string>& target_cells) const {
        base::RawBlock raw;
        raw.columns.resize(raw_cells.size());
        for (std::size_t i = 0; i < raw_cells.size(); ++i) {
            raw.columns[i].use_packed();
            raw.columns[i].append(raw_cells[i]);
        }
        raw.rows = 1;
        base::Batch batch;
        for (std::size_t i = 0; i < target_cells.size(); ++i) {
            batch.columns.emplace_back(mapping.fields[i].target, base::FieldType{base::Kind::Text});
            batch.columns.back().append_bytes(target_cells[i]);
        }
        return SourceRows(mapping, key, keys).number_of(raw, 0, batch, 0);
    }
};

Sample one_column() {
    Sample sample;
    sample.mapping.name = "m";
    sample.mapping.target_key = {"code"};
    sample.key = {{"NO", 0, false}};
    return sample.field("code", "no");
}

TEST(SourceRows, RowWhoseKeyIsTheTargetsIsNumberZero) {
    EXPECT_EQ(one_column().number({"E1"}, {"E1"}), 0);
}

TEST(SourceRows, ChangedKeysHaveADigestOfTheirOwn) {
    const auto blank = one_column().number({" E1"}, {"E1"});
    const auto lower = one_column().number({"e1"}, {"E1"});
    EXPECT_NE(blank, 0);
    EXPECT_NE(lower, 0);
    EXPECT_NE(blank, lower);
    EXPECT_EQ(one_column().number({"e1"}, {"E1"}), lower);
}

TEST(SourceRows, DigestsTellNothingWithoutTheKey) {
    const auto keys_of = [](char letter) {
        return base::SealKeys::make({{"k1", base::Secret(std::string(32, letter))}}, "k1").value();
    };
    const base::SealKeys own = keys_of('a');
    const base::SealKeys foreign = keys_of('b');
    const auto under = [](const base::SealKeys* keys) {
        Sample sample = one_column();
        sample.keys = keys;
        EXPECT_EQ(sample.number({"E1"}, {"E1"}), 0);
        return sample.number({"e1"}, {"E1"});
    };
    EXPECT_EQ(under(&own), under(&own));
    EXPECT_NE(under(&own), under(&foreign));
    EXPECT_NE(under(&own), under(nullptr));
}

TEST(SourceRows, BlanksOfTheTypeChangeNothing) {
    Sample sample = one_column();
    sample.key[0].padded = true;
    EXPECT_EQ(sample.number({"E1   "}, {"E1"}), 0);
    EXPECT_EQ(sample.number({"e1   "}, {"E1"}), sample.number({"e1"}, {"E1"}));
}

TEST(SourceRows, EveryPartOfTheSourcesKeyMustStandInTheTargets) {
    Sample sample = one_column();
    sample.key.push_back({"line", 1, false});
    EXPECT_NE(sample.number({"E1", "1"}, {"E1"}), sample.number({"E1", "2"}, {"E1"}));
    EXPECT_NE(sample.number({"E1", "1"}, {"E1"}), 0);
    sample.mapping.target_key.emplace_back("line_no");
    sample.field("line_no", "line");
    EXPECT_EQ(sample.number({"E1", "1"}, {"E1", "1"}), 0);
}

TEST(SourceRows, TargetKeyFromAnotherColumnTellsNothingOfTheRow) {
    Sample sample = one_column();
    sample.mapping.fields[0].from = "code";
    EXPECT_NE(sample.number({"1"}, {"1"}), 0);
    EXPECT_NE(sample.number({"1"}, {"A"}), sample.number({"2"}, {"A"}));
}

TEST(SourceRows, RowsOfTwoMappingsAreNeverTheSame) {
    Sample other = one_column();
    other.mapping.name = "n";
    EXPECT_NE(other.number({"e1"}, {"E1"}), one_column().number({"e1"}, {"E1"}));
}

}  // namespace
}  // namespace hrbridge::engine
