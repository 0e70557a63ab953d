#include <algorithm>
#include <map>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/packed_row.h"
#include "tests/daemon/store/cause_codes.h"

namespace hrbridge::store {
namespace {

// A row of a source whose own key is `id`; 0: its key is the code itself.
struct SourceRow {
    std::int64_t id = 0;
    std::string code;
    std::string name;
    std::int64_t time = 0;
};
using Names = std::map<std::string, std::string>;  // by code

Block block_of(const std::vector<SourceRow>& rows) {
    std::vector<Row> plain;
    for (const SourceRow& row : rows) {
        plain.push_back({row.code, row.name});
    }
    Block block(plain);
    block.raw->columns[0] = {};
    block.raw->columns[0].use_packed();
    for (const SourceRow& row : rows) {
        block.batch.times.push_back(row.time);
        block.batch.sources.push_back(row.id);
        block.raw->columns[0].append(row.id == 0 ? row.code : std::to_string(row.id));
    }
    return block;
}

// Source rows that come to one code are judged by when the source changed them, wherever the
// batches are cut.
class NewestRow : public OnCauseCodes {
  protected:
    // Rows [first, last) as one batch.
    BatchOutcome commit(BatchWriter& writer,
                        const std::vector<SourceRow>& rows,
                        std::size_t first,
                        std::size_t last) {
        append(writer, rows, first, last);
        return writer.commit(at(plan_, std::to_string(last)));
    }
    static void append(BatchWriter& writer,
                       const std::vector<SourceRow>& rows,
                       std::size_t first,
                       std::size_t last) {
        const Block block = block_of({rows.begin() + static_cast<std::ptrdiff_t>(first),
                                      rows.begin() + static_cast<std::ptrdiff_t>(last)});
        writer.count_read(static_cast<std::int64_t>(last - first));
        writer.append(block.batch, block.raw);
    }
    BatchOutcome read(const std::vector<SourceRow>& rows) {
        const auto each = writer(*connection_);
        return commit(*each, rows, 0, rows.size());
    }
    // As the last batch of a reading from the beginning.
    BatchOutcome read_whole(const std::vector<SourceRow>& rows) {
        const auto each = writer(*connection_);
        append(*each, rows, 0, rows.size());
        Checkpoint end = at(plan_, "end");
        end.complete = true;
        end.epoch = plan_.epoch;
        return each->commit(end);
    }
    // Rows that were refused before and are mapped again.
    BatchOutcome replay(const std::vector<SourceRow>& rows) {
        const auto each = writer(*connection_);
        const Block block = block_of(rows);
        each->append(block.batch, block.raw);
        return each->commit(at(plan_, "again"));
    }
    Names stored() {
        Names names;
        const auto rows = connection_->query("SELECT code, name FROM cause_code", {});
        while (rows->next()) {
            names[rows->text(0)] = rows->text(1);
        }
        return names;
    }
};

INSTANTIATE_TEST_SUITE_P(Stores, NewestRow, testing::Values("sqlite", "postgres"), store_name);

TEST_P(NewestRow, StaysWhenAnOlderRowComesInALaterBatch) {
    read({{1, "A", "new", 20}});
    const BatchOutcome outcome = read({{2, "A", "old", 10}});
    EXPECT_EQ(stored(), (Names{{"A", "new"}}));
    EXPECT_EQ(outcome.duplicates, 1);
    EXPECT_EQ(outcome.updated + outcome.unchanged, 0);
}

TEST_P(NewestRow, StaysWhenAnOlderRowComesInALaterBlockOfAFirstLoad) {
    const auto each = writer(*connection_);
    const std::vector<SourceRow> rows{{1, "A", "new", 20}, {2, "A", "old", 10}};
    append(*each, rows, 0, 1);
    append(*each, rows, 1, 2);
    EXPECT_EQ(each->commit(at(plan_, "1")).duplicates, 1);
    EXPECT_EQ(stored(), (Names{{"A", "new"}}));
}

TEST_P(NewestRow, StaysWhenAKeyThatIsTheSourcesOwnComesOlderLater) {
    read({{7, "A", "new", 20}});
    read({{0, "A", "old", 10}});
    EXPECT_EQ(stored(), (Names{{"A", "new"}}));
    read({{0, "A", "newest", 30}});
    EXPECT_EQ(stored(), (Names{{"A", "newest"}}));
}

TEST_P(NewestRow, IsTheLatestReadingOfOneSourceRowEvenWhenItsTimeWentBack) {
    for (const std::int64_t id : {0, 1}) {
        read({{id, "A", "before", 20 + id}});
        read({{id, "A", "restored", 10 + id}});
        EXPECT_EQ(stored(), (Names{{"A", "restored"}}));
        connection_->execute("DELETE FROM cause_code", {});
    }
}

TEST_P(NewestRow, IsKnownAlsoWhenOnlyItsTimeChanged) {
    read({{1, "A", "one", 10}});
    read({{1, "A", "one", 30}});
    read({{2, "A", "two", 20}});
    EXPECT_EQ(stored(), (Names{{"A", "one"}}));
}

TEST_P(NewestRow, IsNotOverwrittenByARowThatWasKept) {
    for (const std::int64_t id : {0, 1, 2}) {
        connection_->execute("DELETE FROM cause_code", {});
        read({{0, "A", "new", 20}});
        const BatchOutcome outcome = replay({{id, "A", "kept", 10}});
        EXPECT_EQ(stored(), (Names{{"A", "new"}})) << id;
        EXPECT_EQ(outcome.duplicates, 1) << id;
    }
}

TEST_P(NewestRow, EndsTheRejectOfAKeptRowThatItOvertook) {
    const std::vector<SourceRow> kept{{1, "A", "kept", 10}};
    const Block block = block_of(kept);
    {
        const auto each = writer(*connection_);
        Reject refused;
        refused.rule = "F01";
        refused.packed_row = base::pack_row(*block.raw, plan_.source_columns, 0);
        each->count_read(1);
        each->reject(refused);
        each->commit(at(plan_, "1"));
    }
    ASSERT_EQ(RejectRepository(*connection_).list({}).size(), 1U);
    read({{2, "A", "new", 20}});
    replay(kept);
    EXPECT_EQ(stored(), (Names{{"A", "new"}}));
    EXPECT_TRUE(RejectRepository(*connection_).list({}).empty());
}

TEST_P(NewestRow, NoLongerDefendsAKeyThatItsSourceRowHasLeft) {
    read({{1, "A", "one", 50}, {2, "A", "two", 10}});
    read({{1, "B", "one", 60}, {2, "A", "two", 10}});
    EXPECT_EQ(stored(), (Names{{"A", "two"}, {"B", "one"}}));
}

// Keys and times of another version of the mapping mean something else: all is read again.
TEST_P(NewestRow, IsJudgedAnewByAnotherVersionOfTheMapping) {
    for (const std::int64_t id : {-1, 0, 1}) {
        connection_->execute("DELETE FROM cause_code", {});
        plan_.mapping_hash = "h";
        read({{id, "A", "by the first version", 20}});
        plan_.mapping_hash = "i";
        read({{-id, "A", "by the second", 20}});
        EXPECT_EQ(stored(), (Names{{"A", "by the second"}})) << id;
        read({{5, "A", "older", 10}});
        EXPECT_EQ(stored(), (Names{{"A", "by the second"}})) << id;
    }
}

TEST_P(NewestRow, GivesWayAfterAReadingThatDidNotFindIt) {
    for (const std::int64_t gone : {0, 7}) {
        SCOPED_TRACE(gone);
        connection_->execute("DELETE FROM cause_code", {});
        connection_->execute("DELETE FROM checkpoint", {});
        plan_.epoch = 0;
        const SourceRow newest{gone, "A", "mistaken", 20};
        const SourceRow older{7 - gone, "A", "right", 10};
        const SourceRow other{9, "B", "b", 5};
        EXPECT_EQ(read_whole({newest, older, other}).abandoned, 0);
        EXPECT_EQ(stored(), (Names{{"A", "mistaken"}, {"B", "b"}}));

        // While it is in the source, reading all again changes nothing, in either order.
        ++plan_.epoch;
        EXPECT_EQ(read_whole({older, newest, other}).abandoned, 0);
        ++plan_.epoch;
        EXPECT_EQ(read_whole({newest, older, other}).abandoned, 0);
        EXPECT_EQ(stored(), (Names{{"A", "mistaken"}, {"B", "b"}}));

        ++plan_.epoch;
        EXPECT_EQ(read_whole({older, other}).abandoned, 1);
        EXPECT_EQ(stored(), (Names{{"A", "mistaken"}, {"B", "b"}}));
        ++plan_.epoch;
        EXPECT_EQ(read_whole({older, other}).abandoned, 0);
        EXPECT_EQ(stored(), (Names{{"A", "right"}, {"B", "b"}}));
    }
}

TEST_P(NewestRow, IsFoundByAnInterruptedReadingThatGoesOn) {
    read_whole({{7, "A", "new", 20}, {0, "A", "old", 10}});
    ++plan_.epoch;
    read({{7, "A", "new", 20}});
    EXPECT_EQ(read_whole({{0, "A", "old", 10}}).abandoned, 0);
    EXPECT_EQ(stored(), (Names{{"A", "new"}}));
}

// Only a changed key can be another's, and so the rows of other sources are not written again.
TEST_P(NewestRow, IsRememberedToHaveHadAChangedKeyAlsoWhenNoneIsStored) {
    read({{0, "A", "new", 20}});
    EXPECT_FALSE(read_checkpoint(*connection_, plan_.mapping)->keys_changed);
    read({{7, "A", "old", 10}});
    EXPECT_TRUE(read_checkpoint(*connection_, plan_.mapping)->keys_changed);
    read({{0, "A", "new", 20}});
    EXPECT_TRUE(read_checkpoint(*connection_, plan_.mapping)->keys_changed);
}

TEST_P(NewestRow, IsNotTheOneThatARuleRefuses) {
    StagedRule no_bad = rule("L01", "name = 'bad'");
    no_bad.of_rows = true;
    plan_.rules = {no_bad};
    for (const bool together : {true, false}) {
        SCOPED_TRACE(together);
        connection_->execute("DELETE FROM cause_code", {});
        const std::vector<SourceRow> rows{{1, "A", "good", 10}, {2, "A", "bad", 20}};
        const auto each = writer(*connection_);
        if (together) {
            EXPECT_EQ(commit(*each, rows, 0, 2).rejected["L01"], 1);
        } else {
            commit(*each, rows, 0, 1);
            EXPECT_EQ(commit(*each, rows, 1, 2).rejected["L01"], 1);
        }
        EXPECT_EQ(stored(), (Names{{"A", "good"}}));
    }
}

// Digests under another key are other numbers: they decide nothing against the old ones.
TEST_P(NewestRow, IsJudgedAnewUnderAnotherDigestKey) {
    const auto keys_of = [](const std::string& id, char letter) {
        return base::SealKeys::make({{id, base::Secret(std::string(32, letter))}}, id).value();
    };
    const base::SealKeys old_keys = keys_of("k1", 'a');
    const base::SealKeys new_keys = keys_of("k2", 'b');
    const auto read_under = [&](const base::SealKeys& keys, const SourceRow& row) {
        const auto each = make_batch_writer(*connection_, plan_, &keys, clock_);
        return commit(*each, {row}, 0, 1);
    };
    read_under(old_keys, {9, "A", "as it was", 10});
    EXPECT_EQ(read_under(new_keys, {3, "A", "as it is", 10}).updated, 1);
    EXPECT_EQ(stored(), (Names{{"A", "as it is"}}));
}

TEST_P(NewestRow, IsShownByAPreviewToo) {
    read({{1, "A", "new", 20}});
    const auto each = writer(*connection_);
    const std::vector<SourceRow> rows{{2, "A", "old", 10}, {3, "B", "b", 5}};
    append(*each, rows, 0, 2);
    std::vector<RecordChange> changes;
    const BatchOutcome outcome = each->preview(changes, 10);
    EXPECT_EQ(outcome.duplicates, 1);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].key, "B");
}

// Up to five source rows a code, some of one time, at most one whose key is the code itself.
std::vector<SourceRow> any_rows(std::mt19937_64& random) {
    const auto below = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
    std::vector<SourceRow> rows;
    for (int code = 0; code < 8; ++code) {
        const bool has_own = below(2) == 0;
        for (std::int64_t i = 0, count = 1 + below(5); i < count; ++i) {
            const std::int64_t digest = static_cast<std::int64_t>(random() | 1U);
            rows.push_back({i == 0 && has_own ? 0 : digest,
                            "C" + std::to_string(code),
                            "n" + std::to_string(rows.size()),
                            below(4)});
        }
    }
    std::shuffle(rows.begin(), rows.end(), random);
    return rows;
}

Names newest_of(const std::vector<SourceRow>& rows) {
    std::map<std::string, SourceRow> best;
    for (const SourceRow& row : rows) {
        const auto [at, is_new] = best.emplace(row.code, row);
        if (!is_new && std::tie(at->second.time, at->second.id) < std::tie(row.time, row.id)) {
            at->second = row;
        }
    }
    Names names;
    for (const auto& [code, row] : best) {
        names[code] = row.name;
    }
    return names;
}

TEST_P(NewestRow, IsTheSameForAnyBatchesInterruptionsAndRepetitions) {
    std::mt19937_64 random(20'240'506);
    for (int round = 0; round < 6; ++round) {
        const std::vector<SourceRow> rows = any_rows(random);
        const Names expected = newest_of(rows);
        for (const std::size_t size :
             {std::size_t{1}, std::size_t{2}, std::size_t{5}, rows.size()}) {
            connection_->execute("DELETE FROM cause_code", {});
            for (const bool again : {false, true}) {
                SCOPED_TRACE(testing::Message() << "round " << round << ", batches of " << size
                                                << ", again " << again);
                std::int64_t written = 0;
                auto each = writer(*connection_);
                for (std::size_t first = 0; first < rows.size(); first += size) {
                    const std::size_t last = std::min(first + size, rows.size());
                    if (random() % 4 == 0) {
                        append(*each, rows, first, last);
                        each->abandon();
                        each = writer(*connection_);
                    }
                    const BatchOutcome outcome = commit(*each, rows, first, last);
                    written += outcome.inserted + outcome.updated;
                }
                EXPECT_EQ(stored(), expected);
                if (again) {
                    EXPECT_EQ(written, 0);
                }
            }
        }
    }
}

}  // namespace
}  // namespace hrbridge::store
