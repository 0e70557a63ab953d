#include <gmock/gmock.h>

#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Status, SaysThatNoDaemonAnswersAndWhere) {
    const CommandBench bench;
    const std::string socket = bench.folder.file("control.sock");

    EXPECT_THAT(bench.run({"status"}).out, HasSubstr("daemon  none answers at " + socket));
    const auto daemon = bench.run({"status", "--json"}).json().at("daemon");
    EXPECT_EQ(daemon.at("runs"), false);
    EXPECT_EQ(daemon.at("control_socket"), socket);
}

TEST(Status, SaysOfARunWithoutRowsThatAllIsStoredAndOfAReplayWhatItStored) {
    const CommandBench bench;
    bench.put_rows("OP1,焊接,production,\nOP2,修,other,\n");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);
    EXPECT_THAT(bench.run({"status"}).out,
                HasSubstr("read 2 new 1 changed 0 unchanged 0 rejected 1"));

    EXPECT_THAT(bench.run({"sync", "all"}).out, HasSubstr("nothing to read that is not stored"));
    EXPECT_THAT(bench.run({"status"}).out,
                AllOf(HasSubstr("nothing to read that is not stored already: new 0"),
                      Not(HasSubstr("read 0"))));

    ASSERT_EQ(bench.run({"rejects", "replay", "test/operation"}).exit, Exit::Done);
    EXPECT_THAT(bench.run({"status"}).out, HasSubstr("refused rows mapped again: new 0"));
    EXPECT_EQ(bench.run({"status", "--json"}).json().at("runs").at(0).at("kind"), "replay");
}

}  // namespace
}  // namespace hrbridge::app
