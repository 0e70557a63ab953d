#include "daemon/app/cli.h"

#include <sstream>

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

TEST(CommandLine, EveryGroupAndCommandAnswersHelpAndSaysWhatItEndsWith) {
    std::vector<std::vector<std::string>> lines{{"--help"}, {"help"}, {"-h"}};
    for (const CommandSpec& spec : command_specs()) {
        std::vector<std::string> words;
        std::istringstream in(spec.name);
        for (std::string word; in >> word;) {
            words.push_back(word);
        }
        for (const char* help : {"--help", "-h"}) {
            lines.push_back({words.front(), help});
            lines.push_back(words);
            lines.back().emplace_back(help);
        }
        lines.push_back({"help", words.front()});
    }
    for (const std::vector<std::string>& words : lines) {
        const ParsedLine parsed = parse_command_line(words);
        ASSERT_FALSE(parsed.error) << words.front() << ": " << *parsed.error;
        ASSERT_TRUE(parsed.help) << words.front();
        const std::string text = help_text(parsed.line.command);
        EXPECT_NE(text.find(parsed.line.command), std::string::npos);
        EXPECT_NE(text.find("3 faults in the data"), std::string::npos) << text;
    }
}

TEST(CommandLine, HelpOfAGroupListsItsCommandsOnly) {
    const std::string text = help_text(parse_command_line({"rejects", "--help"}).line.command);
    EXPECT_NE(text.find("rejects list"), std::string::npos);
    EXPECT_NE(text.find("rejects dismiss ID"), std::string::npos);
    EXPECT_EQ(text.find("outbox"), std::string::npos);
}

TEST(CommandLine, HelpIsGivenWhateverElseIsWrong) {
    EXPECT_FALSE(parse_command_line({"rejects", "list", "--limit", "x", "--help"}).error);
}

TEST(CommandLine, GroupWithoutACommandIsAnErrorThatSaysWhereToLook) {
    const ParsedLine parsed = parse_command_line({"rejects"});
    ASSERT_TRUE(parsed.error);
    EXPECT_FALSE(parsed.help);
    EXPECT_NE(parsed.error->find("rejects --help"), std::string::npos) << *parsed.error;
    EXPECT_NE(parse_command_line({"rejects", "lst"}).error->find("rejects list"),
              std::string::npos);
    EXPECT_TRUE(parse_command_line({"help", "rejcts"}).error);
}

TEST(CommandLine, EveryCommandHasAHelpText) {
    for (const CommandSpec& spec : command_specs()) {
        EXPECT_NE(help_text(spec.name).find(spec.summary), std::string::npos) << spec.name;
    }
}

}  // namespace
}  // namespace hrbridge::app
