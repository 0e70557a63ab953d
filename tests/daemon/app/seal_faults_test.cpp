#include "daemon/app/seal_faults.h"

#include <gmock/gmock.h>

#include "tests/daemon/app/support/command_bench.h"
#include "tests/daemon/app/support/live_bench.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using test::LiveBench;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;

void put_key(const test::TempDir& folder, const base::Secret& line) {
    folder.write("keys", std::string(line.reveal()));
}

// A store that a first sync has filled, one row of it refused and sealed; then another key under
// the same id.
class WrongKey : public testing::Test {
  protected:
    WrongKey() : right_(base::SealKeys::generate("k1")) {
        put_key(bench_.folder, right_);
        bench_.put_rows("OP1,焊接,production,\nOP2,修,other,\n");
        EXPECT_EQ(bench_.run({"sync", "all"}).exit, Exit::Done);
        EXPECT_EQ(open_rejects(), 1U);
        put_key(bench_.folder, base::SealKeys::generate("k1"));
    }
    std::size_t open_rejects() const {
        return bench_.run({"rejects", "list", "--json"}).json().size();
    }
    void expect_refused(const std::vector<std::string>& words) const {
        SCOPED_TRACE(words.front() + " " + words.back());
        const Ran ran = bench_.run(words);
        EXPECT_EQ(ran.exit, Exit::Usage);
        EXPECT_THAT(ran.errors,
                    AllOf(HasSubstr("hrbridge.yaml:2: seal_keys: the key k1"),
                          HasSubstr("Put the right key back"),
                          HasSubstr("an id of its own")));
        EXPECT_EQ(ran.out, "");
    }

    CommandBench bench_;
    base::Secret right_;
};

TEST_F(WrongKey, IsRefusedByEveryCommandThatOpensTheStoreAndByTheDaemon) {
    bench_.put_rows("OP1,焊接,production,\nOP3,修,other,\n");

    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"run"},
                                               {"sync", "all"},
                                               {"sync", "all", "--dry-run"},
                                               {"rejects", "list"},
                                               {"rejects", "show", "1"},
                                               {"rejects", "replay", "test/operation"},
                                               {"outbox", "list"},
                                               {"findings", "evaluate"},
                                               {"job", "pause", "outbox"},
                                               {"store", "upgrade"},
                                               {"status"},
                                               {"check"}}) {
        expect_refused(words);
    }

    put_key(bench_.folder, right_);
    EXPECT_EQ(bench_.run({"status", "--json"}).json().at("runs").size(), 1U);
    EXPECT_EQ(open_rejects(), 1U);
    EXPECT_EQ(bench_.run({"rejects", "show", "1"}).exit, Exit::Done);
}

TEST_F(WrongKey, IsAFailureOfTheStoreForCheckAll) {
    const Ran ran = bench_.run({"check", "--all"});

    EXPECT_EQ(ran.exit, Exit::Failed);
    EXPECT_THAT(ran.errors, HasSubstr("store                    failed  seal_keys"));
}

TEST_F(WrongKey, OfAStoreFilledBeforeCheckValuesIsKnownByWhatIsSealed) {
    store::StoreOptions options;
    options.path = bench_.folder.file("hr.db");
    store::open_store(options)->connect()->execute("DELETE FROM seal_key", {});

    expect_refused({"sync", "all"});

    put_key(bench_.folder, right_);
    EXPECT_EQ(bench_.run({"check"}).exit, Exit::Done);
}

TEST_F(WrongKey, UnderAnIdOfItsOwnAboveTheRightOneIsARotation) {
    bench_.folder.write("keys",
                        std::string(base::SealKeys::generate("k2").reveal()) + "\n" +
                            std::string(right_.reveal()) + "\n");

    EXPECT_EQ(bench_.run({"sync", "all"}).exit, Exit::Done);
    EXPECT_EQ(bench_.run({"rejects", "show", "1"}).exit, Exit::Done);
}

TEST(SealKeysAtFirst, MayBeChangedAsLongAsNothingWasStored) {
    const CommandBench bench;
    EXPECT_EQ(bench.run({"check"}).exit, Exit::Done);
    EXPECT_EQ(bench.run({"status"}).exit, Exit::Done);
    put_key(bench.folder, base::SealKeys::generate("k1"));

    EXPECT_EQ(bench.run({"check"}).exit, Exit::Done);
    EXPECT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);
}

TEST(Reload, KeepsTheOldConfigurationWhenAKeyIsAnotherUnderAKnownId) {
    LiveBench bench;
    Live& live = bench.start();
    const std::string right = test::read_file(bench.folder.file("keys"));
    put_key(bench.folder, base::SealKeys::generate("k1"));
    bench.configure("web: {port: 0}\nfindings_every: 45m\n");

    EXPECT_FALSE(live.reload());

    EXPECT_TRUE(bench.log.contains("the key k1"));
    EXPECT_TRUE(bench.log.contains("the old one stays in force"));
    bench.folder.write("keys", right);
    EXPECT_TRUE(live.reload());
}

}  // namespace
}  // namespace hrbridge::app
