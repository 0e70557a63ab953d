#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/migration/promotion/promotion_bench.h"

namespace hrbridge::promotion {
namespace {

using testing::IsEmpty;

// Kills a process of its own that rehearses, promotes or rolls back. HRBRIDGE_KILLS=1-300 sets the
// seeds; with HRBRIDGE_KILL_RESULTS=FILE each that went well is a line there and is not done again.
class KilledPromotion : public PromotionBench {
  protected:
    using Content = std::map<std::string, std::vector<Row>>;

    void SetUp() override {
        PromotionBench::SetUp();
        sync_live("core");
        for (int i = 0; i < kUnits; i += 3) {
            units_.put(Cells{fmt::format("D{:04}", i), "Another name", fmt::format("D1{:03}", i)});
            units_.put(Cells{fmt::format("D1{:03}", i), "New", std::nullopt});
        }
        units_.remove("D0007");
        units_.put(Cells{"X7", "Unit", std::nullopt});
        people_.put(Cells{"E0007", "李四", "110101199001011234"});
        before_ = everything();
        one_ = rehearsed("core");
        took_[0] = timed([&] { drop_one(rehearse("core", true).rehearsal); });
        took_[1] = timed([&] { EXPECT_THAT(words(promote(one_).refused), IsEmpty()); });
        took_[2] = timed([&] { EXPECT_THAT(words(roll_back("core").refused), IsEmpty()); });
        EXPECT_EQ(everything(), before_);
    }

    static std::chrono::microseconds timed(const std::function<void()>& work) {
        const auto began = std::chrono::steady_clock::now();
        work();
        return std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - began);
    }
    Content everything() {
        return content({"org_unit", "person", "checkpoint", "reject", "sweep_missing"});
    }
    rehearsal::Rehearsal current() {
        return rehearsal::find(*connection_, "core", one_.number).value();
    }
    bool is_promoted() {
        return number("SELECT count(*) FROM promotion WHERE state = 'promoted'") == 1;
    }
    // The old module or the new one, all of it.
    void expect_whole() {
        EXPECT_THAT(verified(), IsEmpty());
        if (!is_promoted()) {
            EXPECT_EQ(everything(), before_);
            EXPECT_EQ(current().state, rehearsal::State::Frozen);
            return;
        }
        EXPECT_EQ(current().state, rehearsal::State::Promoted);
        EXPECT_EQ(rehearsal::module_root(
                      *connection_, store::entity_tables(*connection_), {"org_unit", "person"}),
                  one_.content_root);
        EXPECT_EQ(number("SELECT count(*) FROM checkpoint c JOIN run r ON r.id = c.run_id WHERE "
                         "r.kind = 'promotion'"),
                  2);
        EXPECT_EQ(number("SELECT count(*) FROM reject WHERE state = 'open'"), 2);
    }
    // Whether the process was killed before it came to its end. Any other death is a failure.
    bool killed_after(std::chrono::microseconds time, const std::function<void()>& work) {
        connection_.reset();  // no connection outlives a fork
        const pid_t child = fork();
        if (child == 0) {
            try {
                connection_ = (*store_)->connect();
                work();
                _exit(0);
            } catch (const std::exception&) {
                _exit(2);
            }
        }
        std::this_thread::sleep_for(time);
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        connection_ = (*store_)->connect();
        if (WIFEXITED(status)) {
            EXPECT_EQ(WEXITSTATUS(status), 0);
            return false;
        }
        EXPECT_EQ(WTERMSIG(status), SIGKILL);
        return true;
    }

    bool run_seed(int seed) {
        std::mt19937 random(static_cast<unsigned>(seed));
        const int what = seed % 3;
        std::uniform_int_distribution<std::int64_t> instant(
            0, took_.at(static_cast<std::size_t>(what)).count());
        const std::chrono::microseconds time(instant(random));
        if (what == 2 && !is_promoted()) {
            EXPECT_THAT(words(promote(current()).refused), IsEmpty());
        } else if (what != 2 && is_promoted()) {
            EXPECT_THAT(words(roll_back("core").refused), IsEmpty());
        }
        const rehearsal::Rehearsal now = current();
        const bool killed = killed_after(time, [&] {
            what == 0   ? static_cast<void>(rehearse("core", true))
            : what == 1 ? static_cast<void>(promote(now))
                        : static_cast<void>(roll_back("core"));
        });
        expect_whole();
        if (what == 0) {
            const rehearsal::Report again = rehearse("core");
            EXPECT_EQ(again.result.outcome, rehearsal::LoadOutcome::Done);
            EXPECT_EQ(again.rehearsal.content_root, one_.content_root);
            drop_one(again.rehearsal);
        } else if (is_promoted() != (what == 1)) {
            const auto refused = what == 1 ? promote(current()).refused : roll_back("core").refused;
            EXPECT_THAT(words(refused), IsEmpty());
        }
        expect_whole();
        EXPECT_EQ(is_promoted(), what == 1);
        return killed;
    }

    static std::pair<int, int> seeds() {
        const char* const wanted = std::getenv("HRBRIDGE_KILLS");
        int from = 1;
        int to = 9;
        if (wanted != nullptr) {
            from = std::atoi(wanted);
            const std::string text = wanted;
            const auto dash = text.find('-');
            to = dash == std::string::npos ? from : std::atoi(text.c_str() + dash + 1);
        }
        return {from, to};
    }

    Content before_;
    rehearsal::Rehearsal one_;
    std::array<std::chrono::microseconds, 3> took_{};
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         KilledPromotion,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(KilledPromotion, AtAnyInstantLeavesTheOldModuleOrTheNewOneAndGoesOn) {
    const char* const results = std::getenv("HRBRIDGE_KILL_RESULTS");
    std::set<std::string> done;
    if (results != nullptr) {
        std::ifstream file(results);
        for (std::string line; std::getline(file, line);) {
            done.insert(line.substr(0, line.find(':')));
        }
    }
    const auto [from, to] = seeds();
    int kills = 0;
    for (int seed = from; seed <= to; ++seed) {
        const std::string name = fmt::format("{} {}", GetParam(), seed);
        if (done.contains(name)) {
            continue;
        }
        const bool killed = run_seed(seed);
        kills += killed ? 1 : 0;
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
        if (results != nullptr) {
            std::ofstream(results, std::ios::app) << name << (killed ? ": killed\n" : ": ended\n");
        }
    }
    if (done.empty() && to - from > 5) {
        EXPECT_GT(kills, 2);
    }
}

}  // namespace
}  // namespace hrbridge::promotion
