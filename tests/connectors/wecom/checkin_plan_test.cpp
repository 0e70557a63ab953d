#include "connectors/wecom/checkin_plan.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "connectors/wecom/checkin.h"
#include "tests/connectors/wecom/support/wecom_bench.h"

namespace hrbridge::wecom {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr hours kDay{24};

// Punches of three people on each of the last sixty days; a list of people as the store has it.
class CheckinPeople : public testing::Test {
  protected:
    struct Read {
        std::vector<std::string> rows;  // "userid@days ago"
        std::vector<std::string> positions;
        std::string memory;
    };

    CheckinPeople() {
        std::vector<sandbox::Punch> punches;
        for (const char* user : {"ann", "bob", "cat"}) {
            for (int day = 1; day <= 60; ++day) {
                punches.push_back({user, "上班打卡", "", seconds_of(now - day * kDay), "", "", ""});
            }
        }
        bench.sandbox.set_punches(std::move(punches));
    }
    static std::int64_t seconds_of(base::Timestamp at) {
        return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    }

    // The last `days` days; absent: a first reading.
    Read read(std::optional<int> days, const std::string& memory, const std::string& after = {}) {
        connectors::ReadRequest request;
        request.window = connectors::Window{"checkin_time", std::nullopt, now};
        if (days) {
            request.window->from = now - *days * kDay;
        }
        request.memory = memory;
        request.after = after;
        request.block_rows = 7;
        const auto source = connector.open(request);
        Read result;
        base::RawBlock block;
        while (source->read(block, {})) {
            for (std::size_t row = 0; row < block.rows; ++row) {
                const auto at = std::stoll(std::string(block.columns[4].cell(row)));
                result.rows.push_back(std::string(block.columns[0].cell(row)) + "@" +
                                      std::to_string((seconds_of(now) - at) / 86'400));
            }
            result.positions.push_back(block.position);
        }
        result.memory = source->memory();
        return result;
    }
    static std::vector<std::string> days_of(const std::string& user, int from, int to) {
        std::vector<std::string> rows;
        for (int day = from; day >= to; --day) {
            rows.push_back(user + "@" + std::to_string(day));
        }
        return rows;
    }

    test::WecomBench bench;
    base::Timestamp now = bench.clock.now();
    std::vector<std::string> everyone{"ann", "bob"};
    std::vector<std::string> gone;  // before any short window
    CheckinConnector connector{bench.client,
                               [this](base::Timestamp from) {
                                   std::vector<std::string> users = everyone;
                                   if (from < now - 30 * kDay) {
                                       users.insert(users.end(), gone.begin(), gone.end());
                                   }
                                   return users;
                               },
                               bench.clock};
};

TEST_F(CheckinPeople, WhoIsNewIsReadFromTheFirstDayOn) {
    const Read first = read(std::nullopt, "");
    EXPECT_EQ(first.rows.size(), 120U);
    everyone.emplace_back("cat");

    const Read second = read(1, first.memory);

    auto expected = days_of("cat", 60, 1);
    expected.emplace_back("ann@1");
    expected.emplace_back("bob@1");
    EXPECT_THAT(second.rows, testing::UnorderedElementsAreArray(expected));
    EXPECT_THAT(read(1, second.memory).rows, UnorderedElementsAre("ann@1", "bob@1", "cat@1"));
}

TEST_F(CheckinPeople, WhoComesWhileAReadingIsInterruptedIsStillNewAtTheNext) {
    const Read whole = read(std::nullopt, "");
    everyone.insert(everyone.begin(), "aaa");
    everyone.emplace_back("cat");

    const Read rest = read(std::nullopt, "", whole.positions[5]);
    EXPECT_EQ(rest.rows.size(), 120U - 6U * 7U);
    EXPECT_EQ(read(1, rest.memory).rows.size(), 60U + 2U);
}

TEST_F(CheckinPeople, ReadingGoesOnBehindEveryBlockOfBothPasses) {
    const std::string memory = read(std::nullopt, "").memory;
    everyone.emplace_back("cat");
    const Read whole = read(20, memory);
    ASSERT_EQ(whole.rows.size(), 40U + 60U + 0U);

    std::size_t seen = 0;
    for (const std::string& position : whole.positions) {
        const Read rest = read(20, memory, position);
        seen = whole.rows.size() - rest.rows.size();
        EXPECT_EQ(rest.rows,
                  std::vector<std::string>(whole.rows.begin() + static_cast<std::ptrdiff_t>(seen),
                                           whole.rows.end()));
        EXPECT_EQ(rest.memory, whole.memory);
    }
    EXPECT_EQ(seen, whole.rows.size());
}

TEST_F(CheckinPeople, WhoHasLeftIsNotReadAgainAndAgain) {
    const std::string memory = read(std::nullopt, "").memory;
    everyone = {"ann"};
    gone = {"bob"};

    const Read second = read(1, memory);

    EXPECT_THAT(second.rows, ElementsAre("ann@1"));
    EXPECT_THAT(read(1, second.memory).rows, ElementsAre("ann@1"));
}

TEST_F(CheckinPeople, AnEmptyListIsTriedAgainAndNeverAnEnd) {
    everyone.clear();
    try {
        read(std::nullopt, "");
        FAIL();
    } catch (const base::ConnectorError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Retry);
    }
}

TEST_F(CheckinPeople, APositionOfAnotherKindIsRefused) {
    for (const char* position : {"1714953600|ann", "9|1714953600|ann", "x|1|ann", "1|2|3|4"}) {
        EXPECT_THROW(read(1, "", position), base::ConnectorError) << position;
    }
}

TEST(CheckinPlan, AForgottenPersonIsNewWhenHeComesBack) {
    const CheckinBounds bounds{0, 50, 100};
    const CheckinPlan away = plan_checkins({"ann"}, {"ann"}, "ann\nbob", nullptr, bounds);
    EXPECT_EQ(away.memory, "ann");

    const CheckinPlan back =
        plan_checkins({"bob", "ann"}, {"bob", "ann"}, away.memory, nullptr, bounds);

    EXPECT_THAT(back.passes[0].users, ElementsAre("bob"));
    EXPECT_THAT(back.passes[1].users, ElementsAre("ann", "bob"));
}

}  // namespace
}  // namespace hrbridge::wecom
