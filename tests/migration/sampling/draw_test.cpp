#include "migration/sampling/draw.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <boost/math/distributions/chi_squared.hpp>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "migration/sampling/plan.h"
#include "tests/migration/sampling/brute_force.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::sampling {
namespace {

constexpr std::int64_t kDraw = 7;

using Rows = std::vector<std::pair<std::size_t, std::string>>;

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char byte : bytes) {
        out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return out;
}

Digest seed_of(int entry) {
    return draw_seed("entry", std::to_string(entry));
}

// Keys of any bytes, NUL among them.
Rows some_rows(const std::vector<std::int64_t>& strata) {
    Rows rows;
    for (std::size_t h = 0; h < strata.size(); ++h) {
        for (std::int64_t i = 0; i < strata[h]; ++i) {
            rows.emplace_back(h, std::string("\0工号 ", 8) + std::to_string(i));
        }
    }
    return rows;
}

DrawRequest three_strata() {
    return {{{"上海", 700, 40, 10}, {"苏州", 90, 6, 3}, {std::string("\0x", 2), 10, 2, 0}},
            25,
            {{0, some_rows({1})[0].second}, {1, some_rows({0, 30})[29].second}}};
}

base::Result<Draw> draw(const Digest& seed, const DrawRequest& request, const Rows& rows) {
    Drawer drawer(seed, sheet_seed(seed, kDraw), request);
    for (const auto& [stratum, key] : rows) {
        drawer.offer(stratum, key);
    }
    return drawer.finish();
}

void print(std::string_view kind,
           const DrawRequest& request,
           const std::vector<DrawnRow>& rows,
           std::string& out) {
    for (const DrawnRow& row : rows) {
        out += fmt::format("{} {} {} {}\n",
                           kind,
                           hex(request.strata[row.stratum].name),
                           hex(row.key),
                           row.rank.hex());
    }
}

std::string printed(const DrawRequest& request, const Draw& draw) {
    std::string out;
    for (std::size_t h = 0; h < request.strata.size(); ++h) {
        print("sample", request, draw.sample[h], out);
        print("reserve", request, draw.reserve[h], out);
    }
    print("decoy", request, draw.decoys, out);
    return out;
}

std::string as_file(const DrawRequest& request, const Rows& rows) {
    std::string out;
    for (const DrawStratum& s : request.strata) {
        out += fmt::format("plan {} {} {}\n", hex(s.name), s.sample, s.reserve);
    }
    for (const auto& [stratum, key] : rows) {
        out += fmt::format("row {} {}\n", hex(request.strata[stratum].name), hex(key));
    }
    for (const auto& [stratum, key] : request.must_check) {
        out += fmt::format("must {} {}\n", hex(request.strata[stratum].name), hex(key));
    }
    return out;
}

TEST(ADraw, IsRepeatedBitByBitByAnIndependentScript) {
    const test::TempDir folder;
    const Rows rows = some_rows({700, 90, 10});
    const DrawRequest request = three_strata();
    const std::string entry = std::string("\0\xff", 2) + std::string(30, 'r');
    for (const std::string& seal : {std::string(64, '\x7f'), std::string()}) {
        const auto drawn = draw(draw_seed(entry, seal), request, rows);
        ASSERT_TRUE(drawn);
        const auto again =
            test::run({{"/usr/bin/python3",
                        HRBRIDGE_SOURCE_DIR "/tests/migration/sampling/draw_again.py",
                        hex(entry),
                        hex(seal),
                        std::to_string(kDraw),
                        std::to_string(request.decoys),
                        folder.write("rows", as_file(request, rows))},
                       {},
                       {},
                       {},
                       {}});
        EXPECT_EQ(again.code, 0);
        EXPECT_EQ(again.output, printed(request, *drawn));
    }
}

TEST(ADraw, DoesNotDependOnTheOrderOfTheRows) {
    const DrawRequest request = three_strata();
    Rows rows = some_rows({700, 90, 10});
    const std::string expected = printed(request, draw(seed_of(1), request, rows).value());
    std::mt19937_64 random(5);
    for (int i = 0; i < 20; ++i) {
        std::shuffle(rows.begin(), rows.end(), random);
        EXPECT_EQ(printed(request, draw(seed_of(1), request, rows).value()), expected);
    }
}

TEST(ADraw, OfALargerSampleBeginsWithTheSmallerOne) {
    const Rows rows = some_rows({300});
    const auto small = draw(seed_of(1), {{{"all", 300, 30, 20}}, 0, {}}, rows).value();
    const auto large = draw(seed_of(1), {{{"all", 300, 50, 0}}, 0, {}}, rows).value();
    for (std::size_t i = 0; i < 50; ++i) {
        const DrawnRow& row = i < 30 ? small.sample[0][i] : small.reserve[0][i - 30];
        EXPECT_EQ(large.sample[0][i].key, row.key);
    }
}

TEST(ADraw, OfAnotherEntrySealOrNumberIsAnotherOne) {
    const Digest seed = draw_seed("entry", "seal");
    EXPECT_NE(seed, draw_seed("Entry", "seal"));
    EXPECT_NE(seed, draw_seed("entry", "Seal"));
    EXPECT_NE(seed, draw_seed("entrys", "eal"));
    EXPECT_NE(sheet_seed(seed, 1), sheet_seed(seed, 2));
    EXPECT_NE(sheet_seed(seed, 1), seed);
    EXPECT_NE(Ranker(Order::Sample, seed).of("a", "bc"), Ranker(Order::Sample, seed).of("ab", "c"));
    EXPECT_NE(Ranker(Order::Sample, seed).of("a", "b"), Ranker(Order::Decoy, seed).of("a", "b"));
}

TEST(Decoys, LieOutsideSampleReserveAndMustCheckRows) {
    const DrawRequest request = three_strata();
    const auto drawn = draw(seed_of(3), request, some_rows({700, 90, 10})).value();
    std::set<std::pair<std::size_t, std::string>> others = request.must_check;
    for (std::size_t h = 0; h < 3; ++h) {
        EXPECT_EQ(drawn.sample[h].size(), static_cast<std::size_t>(request.strata[h].sample));
        EXPECT_EQ(drawn.reserve[h].size(), static_cast<std::size_t>(request.strata[h].reserve));
        for (const auto* rows : {&drawn.sample[h], &drawn.reserve[h]}) {
            for (const DrawnRow& row : *rows) {
                others.emplace(row.stratum, row.key);
            }
        }
    }
    EXPECT_EQ(drawn.decoys.size(), 25U);
    for (const DrawnRow& row : drawn.decoys) {
        EXPECT_TRUE(others.emplace(row.stratum, row.key).second);
    }
}

TEST(MustCheckRows, AreExtraUnlessTheyWereDrawnAnyway) {
    const Rows rows = some_rows({50});
    DrawRequest request{{{"all", 50, 10, 0}}, 0, {}};
    const auto plain = draw(seed_of(4), request, rows).value();
    const std::string drawn_key = plain.sample[0][3].key;
    const auto outside = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
        return std::none_of(plain.sample[0].begin(), plain.sample[0].end(), [&](const auto& drawn) {
            return drawn.key == row.second;
        });
    });
    request.must_check = {{0, drawn_key}, *outside};
    const auto with_extras = draw(seed_of(4), request, rows).value();
    EXPECT_EQ(printed(request, with_extras), printed(request, plain));
    ASSERT_EQ(with_extras.extras.size(), 1U);
    EXPECT_EQ(with_extras.extras[0].key, outside->second);
}

TEST(MustCheckRows, NeverBecomeDecoys) {
    const Rows rows = some_rows({50});
    DrawRequest request{{{"all", 50, 10, 0}}, 40, {}};
    auto outside = draw(seed_of(4), request, rows).value().decoys;
    ASSERT_EQ(outside.size(), 40U);
    // The last five by rank, which nobody takes before the others.
    for (std::size_t i = 0; i < 35; ++i) {
        request.must_check.emplace(0, outside[i].key);
    }
    request.decoys = 5;
    const auto drawn = draw(seed_of(4), request, rows).value();
    EXPECT_EQ(drawn.extras.size(), 35U);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(drawn.decoys[i].key, outside[35 + i].key);
    }
}

TEST(ADraw, OfOtherRowsThanPlannedIsRefused) {
    const Rows rows = some_rows({50});
    const auto where = [&](const DrawRequest& request, const Rows& some) {
        const auto drawn = draw(seed_of(1), request, some);
        return drawn ? std::string("no fault") : drawn.fault().where + ": " + drawn.fault().what;
    };
    EXPECT_NE(where({{{"all", 51, 10, 0}}, 0, {}}, rows).find("made for 51 rows, but there are 50"),
              std::string::npos);
    EXPECT_NE(where({{{"all", 50, 10, 0}}, 41, {}}, rows).find("40 of 41 decoys"),
              std::string::npos);
    EXPECT_NE(where({{{"all", 50, 10, 0}}, 0, {{0, "nobody"}}}, rows).find("1 rows that must"),
              std::string::npos);
    Rows twice = rows;
    twice[0] = twice[1];
    EXPECT_NE(where({{{"all", 50, 50, 0}}, 0, {}}, twice).find("a key came twice"),
              std::string::npos);
    EXPECT_EQ(where({{{"all", 50, 10, 0}}, 40, {}}, rows), "no fault");
}

// Whether rows were taken equally often: Pearson's statistic, corrected for drawing without
// replacement, in the middle 99.8 % of its distribution.
void expect_uniform(const std::map<std::string, int>& counts,
                    double rows,
                    double taken,
                    double draws) {
    const double expected = draws * taken / rows;
    double sum = 0;
    for (const auto& [key, count] : counts) {
        sum += (count - expected) * (count - expected) / expected;
    }
    sum += (rows - static_cast<double>(counts.size())) * expected;
    const boost::math::chi_squared_distribution<double> distribution(rows - 1);
    const double chance = boost::math::cdf(distribution, sum * (rows - 1) / (rows - taken));
    EXPECT_GT(chance, 0.001);
    EXPECT_LT(chance, 0.999);
}

TEST(ADraw, TakesEveryRowEquallyOften) {
    constexpr int kDraws = 5'000;
    const Rows rows = some_rows({150, 50});
    std::map<std::string, int> sampled;
    std::map<std::string, int> decoys;
    for (int nonce = 0; nonce < kDraws; ++nonce) {
        const auto drawn =
            draw(seed_of(nonce), {{{"a", 150, 15, 0}, {"b", 50, 5, 0}}, 20, {}}, rows).value();
        for (const DrawnRow& row : drawn.sample[0]) {
            ++sampled[row.key];
        }
        for (const DrawnRow& row : drawn.decoys) {
            ++decoys[std::to_string(row.stratum) + row.key];
        }
    }
    expect_uniform(sampled, 150, 15, kDraws);
    expect_uniform(decoys, 200, 20, kDraws);
}

TEST(ADraw, TakesEveryPairOfRowsEquallyOften) {
    const Rows rows = some_rows({12});
    std::map<std::string, int> pairs;
    for (int nonce = 0; nonce < 20'000; ++nonce) {
        auto drawn = draw(seed_of(nonce), {{{"a", 12, 2, 0}}, 0, {}}, rows).value().sample[0];
        std::sort(
            drawn.begin(), drawn.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
        ++pairs[drawn[0].key + drawn[1].key];
    }
    expect_uniform(pairs, 66, 1, 20'000);
}

TEST(ADraw, Of20000SimulatedMigrationsAcceptsAsOftenAsComputed) {
    constexpr int kMigrations = 20'000;
    const std::vector<Check> strata{{60, 18}, {40, 12}};
    const std::vector<std::int64_t> bad{4, 3};
    const Rows rows = some_rows({60, 40});
    int accepted = 0;
    for (int nonce = 0; nonce < kMigrations; ++nonce) {
        const auto drawn =
            draw(seed_of(nonce), {{{"a", 60, 18, 0}, {"b", 40, 12, 0}}, 0, {}}, rows).value();
        int found = 0;
        for (std::size_t h = 0; h < 2; ++h) {
            const std::size_t first = h == 0 ? 0 : 60;
            for (const DrawnRow& row : drawn.sample[h]) {
                for (std::int64_t b = 0; b < bad[h]; ++b) {
                    found += row.key == rows[first + static_cast<std::size_t>(b)].second ? 1 : 0;
                }
            }
        }
        accepted += found <= 1 ? 1 : 0;
    }
    const double chance = split_acceptance(strata, bad, 1);
    EXPECT_NEAR(static_cast<double>(accepted) / kMigrations,
                chance,
                3 * std::sqrt(chance * (1 - chance) / kMigrations));
}

}  // namespace
}  // namespace hrbridge::sampling
