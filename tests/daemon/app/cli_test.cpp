#include "daemon/app/cli.h"

#include <gtest/gtest.h>

namespace hrbridge::app {
namespace {

TEST(CommandLine, UnderstandsTwoWordCommandsArgumentsAndOptions) {
    const ParsedLine parsed =
        parse_command_line({"job", "pause", "sync/erp/person", "--reason", "source is down"});

    EXPECT_FALSE(parsed.error) << *parsed.error;
    EXPECT_EQ(parsed.line.command, "job pause");
    EXPECT_EQ(parsed.line.arguments, std::vector<std::string>{"sync/erp/person"});
    EXPECT_EQ(parsed.line.option("reason"), "source is down");
}

TEST(CommandLine, NamesTheNearestCommand) {
    const ParsedLine parsed = parse_command_line({"snyc", "all"});

    ASSERT_TRUE(parsed.error);
    EXPECT_NE(parsed.error->find("sync"), std::string::npos) << *parsed.error;
}

TEST(CommandLine, RefusesOptionsThatTheCommandDoesNotKnow) {
    EXPECT_TRUE(parse_command_line({"status", "--dry-run"}).error);
}

TEST(CommandLine, RefusesAWrongNumberOfArguments) {
    EXPECT_TRUE(parse_command_line({"sync"}).error);
    EXPECT_TRUE(parse_command_line({"sync", "a", "b"}).error);
}

TEST(CommandLine, EveryCommandHasAHelpText) {
    for (const CommandSpec& spec : command_specs()) {
        EXPECT_NE(help_text(spec.name).find(spec.summary), std::string::npos) << spec.name;
    }
}

}  // namespace
}  // namespace hrbridge::app
