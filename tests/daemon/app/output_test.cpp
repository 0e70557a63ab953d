#include "daemon/app/output.h"

#include <cstdio>
#include <memory>

#include <gmock/gmock.h>

#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using test::Ran;
using testing::HasSubstr;

TEST(StandardOutput, RemembersThatALineWasNotWritten) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> full(std::fopen("/dev/full", "w"),
                                                               &std::fclose);
    StandardOutput output(full.get());
    EXPECT_FALSE(output.failure());
    output.line("a line");
    ASSERT_TRUE(output.failure());
    EXPECT_THAT(*output.failure(), HasSubstr("No space left"));
}

TEST(Program, WhoseOutputCannotBeWrittenSaysSoAndDoesNotEndWell) {
    const CommandBench bench;
    bench.put_rows("OP1,weld,production,\n");
    const std::vector<std::vector<std::string>> commands{
        {"check"},
        {"status"},
        {"sync", "all"},
        {"rejects", "list", "--json"},
        {"outbox", "list", "--json"},
        {"findings", "evaluate"},
        {"user", "list", "--json"},
        {"mapping", "new", "files", "*.csv"},
        {"mapping", "preview", bench.folder.file("mappings/operation.map.yaml")},
        {"rejects", "--help"}};
    for (const std::vector<std::string>& command : commands) {
        const Ran ran = bench.run_program(command, "/dev/null", "/dev/full");
        EXPECT_EQ(ran.exit, Exit::Failed) << command.front() << ": " << ran.out;
        EXPECT_THAT(ran.out, HasSubstr("No space left on device")) << command.front();
    }
    EXPECT_THAT(bench.run({"sync", "all"}).out, HasSubstr("0 new"))
        << "what the command did is done";
}

TEST(Program, WhoseErrorsCannotBeWrittenKeepsItsExitCode) {
    const CommandBench bench;
    for (const char* errors : {"/dev/full", "/dev/null"}) {
        EXPECT_EQ(bench.run_program({"nosuch"}, "/dev/null", "/dev/stdout", errors).exit,
                  Exit::Usage);
        EXPECT_EQ(bench.run_program({"sync", "nosuch"}, "/dev/null", "/dev/stdout", errors).exit,
                  Exit::Usage);
    }
}

}  // namespace
}  // namespace hrbridge::app
