#include "daemon/store/row_spool_join.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::store {
namespace {

using Kind = SweepDifference::Kind;

base::RowHash hash_of(const std::string& text) {
    base::RowHasher hasher;
    hasher.add_text(text);
    return hasher.finish();
}

SweepRow row(const std::string& key,
             const std::string& value,
             std::int64_t number = 0,
             std::uint32_t flags = 0) {
    SweepRow made;
    made.key = hash_of(key);
    made.hash = hash_of(value);
    made.number = number;
    made.flags = flags;
    return made;
}

// Kind, key and value of the source, id in the store.
using Told = std::multiset<std::tuple<Kind, base::RowHash, base::RowHash, std::int64_t>>;

Told join(const std::vector<SweepRow>& source,
          std::vector<SweepRow> stored,
          SweepCompare compare = SweepCompare::Hashes) {
    Told told;
    SweepJoinCounts counts;
    join_sweep(source, stored, compare, counts, [&](const SweepDifference& difference) {
        told.emplace(difference.kind, difference.source.key, difference.source.hash, difference.id);
    });
    EXPECT_EQ(counts.differ, std::count_if(told.begin(), told.end(), [](const auto& each) {
                  return std::get<0>(each) != Kind::RefusedGone;
              }));
    return told;
}

Told::value_type missing(std::int64_t id) {
    return {Kind::Missing, {}, {}, id};
}
Told::value_type refused_gone(std::int64_t id) {
    return {Kind::RefusedGone, {}, {}, id};
}
Told::value_type changed(const SweepRow& row, std::int64_t id) {
    return {Kind::Changed, row.key, row.hash, id};
}
Told::value_type added(const SweepRow& row, std::int64_t id = 0) {
    return {Kind::Added, row.key, row.hash, id};
}

TEST(SweepJoin, TellsOfEachDifferenceByItsKind) {
    EXPECT_EQ(join({row("a", "1"), row("b", "2"), row("c", "3")},
                   {row("a", "1", 1), row("b", "x", 2), row("d", "4", 4)}),
              (Told{changed(row("b", "2"), 2), added(row("c", "3")), missing(4)}));
}

TEST(SweepJoin, KeysAloneSayNothingOfValues) {
    EXPECT_EQ(join({row("a", "1"), row("b", "2")},
                   {row("a", "x", 1), row("c", "y", 3)},
                   SweepCompare::Keys),
              (Told{added(row("b", "2")), missing(3)}));
}

TEST(SweepJoin, AGoneRowIsNotMissingAndIsAddedWhenItsKeyIsThere) {
    EXPECT_EQ(join({row("a", "1")},
                   {row("a", "1", 1, SweepRow::kGone), row("b", "2", 2, SweepRow::kGone)}),
              (Told{added(row("a", "1"), 1)}));
}

TEST(SweepJoin, ARowWrittenSinceTheSweepBeganIsNotMissing) {
    EXPECT_EQ(join({}, {row("a", "1", 1, SweepRow::kNew)}), Told{});
}

TEST(SweepJoin, AnOpenRejectIsKnownAsLongAsItSaysTheSame) {
    const std::vector<SweepRow> stored{row("a", "old", 1),
                                       row("a", "bad", 7, SweepRow::kRefused),
                                       row("b", "bad", 8, SweepRow::kRefused)};
    EXPECT_EQ(join({row("a", "bad"), row("b", "bad")}, stored), Told{});
    EXPECT_EQ(join({row("a", "worse"), row("b", "good")}, stored),
              (Told{changed(row("a", "worse"), 1), added(row("b", "good"))}));
    EXPECT_EQ(join({row("a", "bad")}, {row("b", "bad", 8, SweepRow::kRefused)}),
              (Told{added(row("a", "bad")), refused_gone(8)}));
}

TEST(SweepJoin, TellsOfOpenRejectsOfWhichTheSourceHasNoRow) {
    const std::vector<SweepRow> stored{row("a", "1", 1),
                                       row("a", "bad", 7, SweepRow::kRefused),
                                       row("b", "bad", 8, SweepRow::kRefused),
                                       row("b", "worse", 9, SweepRow::kRefused)};
    EXPECT_EQ(join({row("a", "1")}, stored), (Told{refused_gone(8), refused_gone(9)}));
    EXPECT_EQ(join({}, stored, SweepCompare::Keys),
              (Told{missing(1), refused_gone(7), refused_gone(8), refused_gone(9)}));
}

TEST(SweepJoin, ARowThatTheMapperRefusesIsPresentButNeverTheSame) {
    const SweepRow bad = row("a", "1", 0, SweepRow::kUnmapped);
    EXPECT_EQ(join({bad}, {row("a", "1", 1)}), (Told{changed(bad, 1)}));
    EXPECT_EQ(join({bad}, {row("a", "1", 1), row("a", "1", 5, SweepRow::kRefused)}), Told{});
}

TEST(SweepJoin, TheNewestOfSeveralSourceRowsDecides) {
    EXPECT_EQ(join({row("a", "old", 1), row("a", "new", 2)}, {row("a", "new", 1)}), Told{});
    EXPECT_EQ(join({row("a", "new", 2), row("a", "old", 1)}, {row("a", "old", 1)}),
              (Told{changed(row("a", "new"), 1)}));
    EXPECT_EQ(join({row("a", "old", 1), row("a", "new", 2)}, {}), (Told{added(row("a", "new"))}));
}

TEST(SweepJoin, ARefusedRowOvertakesNone) {
    const SweepRow refused = row("a", "bad", 9, SweepRow::kRefused);
    EXPECT_EQ(join({row("a", "good", 1), row("a", "bad", 2)}, {row("a", "good", 1), refused}),
              Told{});
    EXPECT_EQ(join({row("a", "good", 1), row("a", "bad", 2)}, {row("a", "older", 1), refused}),
              (Told{changed(row("a", "good"), 1)}));
}

TEST(SweepJoin, OfRowsOfTheSameTimeTheStoreMayHaveAny) {
    const std::vector<SweepRow> tied{row("a", "x", 2), row("a", "y", 2), row("a", "z", 1)};
    EXPECT_EQ(join(tied, {row("a", "x", 1)}), Told{});
    EXPECT_EQ(join(tied, {row("a", "y", 1)}), Told{});
    EXPECT_EQ(join(tied, {row("a", "z", 1)}),
              (Told{changed(row("a", "x"), 1), changed(row("a", "y"), 1)}));
}

// What a plain map says, in the words of the documentation.
Told oracle(const std::vector<SweepRow>& source, const std::vector<SweepRow>& stored) {
    std::map<base::RowHash, std::vector<SweepRow>> rows;
    std::map<base::RowHash, SweepRow> kept;
    std::set<std::pair<base::RowHash, base::RowHash>> refused;
    for (const SweepRow& each : source) {
        rows[each.key].push_back(each);
    }
    for (const SweepRow& each : stored) {
        if (each.is(SweepRow::kRefused)) {
            refused.emplace(each.key, each.hash);
        } else {
            kept.emplace(each.key, each);
        }
    }
    Told told;
    for (const SweepRow& each : stored) {
        if (each.is(SweepRow::kRefused) && rows.count(each.key) == 0) {
            told.insert(refused_gone(each.number));
        }
    }
    for (const auto& [key, each] : kept) {
        if (rows.count(key) == 0 && each.flags == 0) {
            told.insert(missing(each.number));
        }
    }
    for (const auto& [key, all] : rows) {
        const auto found = kept.find(key);
        const SweepRow* have = found == kept.end() ? nullptr : &found->second;
        const bool live = have != nullptr && !have->is(SweepRow::kGone);
        const auto is_same = [&](const SweepRow& each) {
            return live && !each.is(SweepRow::kUnmapped) && each.hash == have->hash;
        };
        std::int64_t newest = INT64_MIN;
        for (const SweepRow& each : all) {
            if (is_same(each) || refused.count({key, each.hash}) == 0) {
                newest = std::max(newest, each.number);
            }
        }
        std::vector<SweepRow> differ;
        bool same = false;
        for (const SweepRow& each : all) {
            if (each.number != newest) {
                continue;
            }
            same = same || is_same(each);
            if (!is_same(each) && refused.count({key, each.hash}) == 0) {
                differ.push_back(each);
            }
        }
        for (const SweepRow& each : differ) {
            if (!same) {
                told.insert(live ? changed(each, have->number)
                                 : added(each, have == nullptr ? 0 : have->number));
            }
        }
    }
    return told;
}

class SweepSpools : public testing::Test {
  protected:
    Told through_files(const std::vector<SweepRow>& source,
                       const std::vector<SweepRow>& stored,
                       std::size_t most_rows) {
        SweepSpool left = SweepSpool::create(folder_.file("a"), 1, 16);
        SweepSpool right = SweepSpool::create(folder_.file("b"), 1, 16);
        for (const SweepRow& each : source) {
            left.add(each);
        }
        for (const SweepRow& each : stored) {
            right.add(each);
        }
        left.finish();
        right.finish();
        Told told;
        SweepJoinCounts counts;
        join_spools(
            left,
            right,
            SweepCompare::Hashes,
            most_rows,
            counts,
            [&](const SweepDifference& difference) {
                told.emplace(
                    difference.kind, difference.source.key, difference.source.hash, difference.id);
            });
        return told;
    }

    test::TempDir folder_;
};

TEST_F(SweepSpools, GiveWhatAMapOfAllRowsGivesWhateverTheRowsAre) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&](std::uint32_t n) {
            return static_cast<std::uint32_t>(random()) % n;
        };
        const std::uint32_t keys = 1 + below(3000);
        std::vector<SweepRow> source;
        std::vector<SweepRow> stored;
        for (std::uint32_t i = 0; i < keys; ++i) {
            const std::string key = fmt::format("k{}", i);
            for (std::uint32_t n = below(10) == 0 ? below(4) : 1; n > 0; --n) {
                source.push_back(row(key,
                                     fmt::format("v{}", below(20) == 0 ? below(3) : 0),
                                     below(3),
                                     below(15) == 0 ? SweepRow::kUnmapped : 0U));
            }
            if (below(20) != 0) {
                const std::uint32_t flag = below(30);
                stored.push_back(row(key,
                                     fmt::format("v{}", below(20) == 0 ? below(3) : 0),
                                     i + 1,
                                     flag == 0   ? SweepRow::kGone
                                     : flag == 1 ? SweepRow::kNew
                                                 : 0U));
            }
            if (below(10) == 0) {
                stored.push_back(
                    row(key, fmt::format("v{}", below(3)), 100'000 + i, SweepRow::kRefused));
            }
        }
        std::shuffle(source.begin(), source.end(), random);
        std::shuffle(stored.begin(), stored.end(), random);
        const Told expected = oracle(source, stored);
        EXPECT_EQ(through_files(source, stored, 100'000), expected) << seed;
        EXPECT_EQ(through_files(source, stored, 20), expected) << seed;
    }
}

void turn_a_bit(const std::string& path, std::int64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 4));
}

std::set<std::int64_t> numbers_of(const SweepSpool& spool) {
    std::set<std::int64_t> numbers;
    std::vector<SweepRow> rows;
    for (std::uint32_t partition = 0; partition < spool.partitions(); ++partition) {
        spool.read(partition, 0, 1, rows);
        EXPECT_EQ(rows.size(), spool.rows(partition));
        for (const SweepRow& each : rows) {
            EXPECT_EQ(each.key, hash_of(fmt::format("k{}", each.number)));
            numbers.insert(each.number);
        }
    }
    return numbers;
}

TEST_F(SweepSpools, GoOnWhereTheyWereSettledAndForgetWhatCameBehind) {
    const std::string path = folder_.file("a");
    std::int64_t bytes = 0;
    {
        SweepSpool spool = SweepSpool::create(path, 7, 16);
        for (int i = 0; i < 1000; ++i) {
            spool.add(row(fmt::format("k{}", i), "v", i));
        }
        spool.add_position("first");
        spool.add_position("");
        bytes = spool.settle();
        for (int i = 1000; i < 9000; ++i) {
            spool.add(row(fmt::format("k{}", i), "v", i));
        }
        spool.add_position("lost");
        spool.settle();
    }
    auto spool = SweepSpool::reopen(path, 7, 16, bytes);
    ASSERT_TRUE(spool);
    EXPECT_EQ(spool->blocks(), 2U);
    spool->add(row("k1000", "v", 1000));
    spool->add_position("third");
    spool->finish();
    EXPECT_EQ(spool->positions(), (std::vector<std::string>{"first", "", "third"}));
    const auto numbers = numbers_of(*spool);
    EXPECT_EQ(numbers.size(), 1001U);
    EXPECT_EQ(*numbers.rbegin(), 1000);
}

// The open file of this path takes no byte more.
void fill_the_disk_under(const std::string& path) {
    const int full = ::open("/dev/full", O_RDWR | O_CLOEXEC);
    ASSERT_GE(full, 0);
    bool found = false;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        if (std::filesystem::read_symlink(entry.path(), gone) == path) {
            found = true;
            ASSERT_GE(::dup3(full, std::stoi(entry.path().filename()), O_CLOEXEC), 0);
        }
    }
    ::close(full);
    ASSERT_TRUE(found);
}

TEST_F(SweepSpools, OnAFullDiskSayWhereAndGoOnFromWhatWasSettled) {
    const std::string path = folder_.file("a");
    std::int64_t bytes = 0;
    {
        SweepSpool spool = SweepSpool::create(path, 7, 16);
        for (int i = 0; i < 1000; ++i) {
            spool.add(row(fmt::format("k{}", i), "v", i));
        }
        spool.add_position("first");
        bytes = spool.settle();
        ASSERT_NO_FATAL_FAILURE(fill_the_disk_under(path));
        spool.add(row("k1000", "v", 1000));
        try {
            spool.settle();
            FAIL() << "a full disk took a row";
        } catch (const base::SystemError& error) {
            EXPECT_EQ(error.code(), "ENOSPC");
            EXPECT_EQ(error.remedy(), base::Remedy::Retry);
            EXPECT_NE(std::string(error.what()).find(path), std::string::npos);
        }
    }
    auto spool = SweepSpool::reopen(path, 7, 16, bytes);
    ASSERT_TRUE(spool);
    spool->add(row("k1000", "v", 1000));
    spool->finish();
    EXPECT_EQ(spool->positions(), std::vector<std::string>{"first"});
    std::size_t rows = 0;
    for (std::uint32_t partition = 0; partition < 16; ++partition) {
        rows += spool->rows(partition);
    }
    EXPECT_EQ(rows, 1001U);
}

TEST_F(SweepSpools, AreNotTakenUpWhenTheyAreOfAnotherSweepOrTooShortOrDamaged) {
    const std::string path = folder_.file("a");
    EXPECT_FALSE(SweepSpool::reopen(path, 7, 16, 100));
    std::int64_t bytes = 0;
    {
        SweepSpool spool = SweepSpool::create(path, 7, 16);
        for (int i = 0; i < 1000; ++i) {
            spool.add(row(fmt::format("k{}", i), "v", i));
        }
        bytes = spool.settle();
    }
    EXPECT_FALSE(SweepSpool::reopen(path, 8, 16, bytes));
    EXPECT_FALSE(SweepSpool::reopen(path, 7, 32, bytes));
    EXPECT_FALSE(SweepSpool::reopen(path, 7, 16, bytes + 1));
    EXPECT_FALSE(SweepSpool::reopen(path, 7, 16, bytes - 1));
    {
        std::FILE* file = std::fopen(path.c_str(), "r+");
        ASSERT_NE(file, nullptr);
        std::fseek(file, static_cast<long>(bytes - 5), SEEK_SET);
        std::fputc('x', file);
        std::fclose(file);
    }
    EXPECT_FALSE(SweepSpool::reopen(path, 7, 16, bytes));
}

TEST_F(SweepSpools, SayThatTheyAreDamagedWhicheverByteHasABitTurned) {
    const std::string path = folder_.file("a");
    SweepSpool spool = SweepSpool::create(path, 7, 16);
    for (int i = 0; i < 60; ++i) {
        spool.add(row(fmt::format("k{}", i), "v", i));
        if (i % 20 == 0) {
            spool.add_position(fmt::format("p{}", i));
            spool.settle();
        }
    }
    const std::int64_t bytes = spool.settle();
    const std::vector<std::string> positions = spool.positions();
    std::int64_t damaged = 0;
    for (std::int64_t at = 0; at < bytes; ++at) {
        turn_a_bit(path, at);
        try {
            numbers_of(spool);
            spool.positions();
        } catch (const base::SystemError& error) {
            EXPECT_EQ(error.code(), "damaged");
            ++damaged;
        }
        turn_a_bit(path, at);
    }
    constexpr std::int64_t kHead = 24;  // read by reopen() alone
    EXPECT_EQ(damaged, bytes - kHead);
    EXPECT_EQ(numbers_of(spool).size(), 60U);
    EXPECT_EQ(spool.positions(), positions);
}

TEST_F(SweepSpools, AreForTheirOwnerAlone) {
    const std::string path = folder_.file("a");
    const SweepSpool spool = SweepSpool::create(path, 7, 16);
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(SweepPartitions, GrowWithTheRows) {
    EXPECT_EQ(sweep_partitions(0), 16U);
    EXPECT_EQ(sweep_partitions(5'000'000), 128U);
    EXPECT_EQ(sweep_partitions(20'000'000), 512U);
    EXPECT_EQ(sweep_partitions(5'000'000'000), 1024U);
}

}  // namespace
}  // namespace hrbridge::store
