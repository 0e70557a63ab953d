#include "daemon/app/control.h"

#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/base/error.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::app {
namespace {

class Lines final : public Output {
  public:
    void line(std::string_view text) override { lines.emplace_back(text); }
    void error(std::string_view text) override { errors.emplace_back(text); }
    void progress(std::string_view) override {}
    std::vector<std::string> lines;
    std::vector<std::string> errors;
};

TEST(ControlSocket, RunsACommandInTheDaemonAndGivesItsOutputAndExitCode) {
    const test::TempDir folder;
    test::MemoryLog log;
    std::string seen_actor;
    const ControlServer server(
        folder.file("s"),
        [&](const CommandLine& line,
            const std::string& input,
            const std::string& actor,
            Output& output) {
            seen_actor = actor;
            output.line(line.command + " " + line.arguments.at(0) + " " + input);
            output.error("careful");
            return Exit::FaultsFound;
        },
        log);
    CommandLine line;
    line.command = "sync";
    line.arguments = {"人员"};
    Lines output;

    const auto result = call_daemon(folder.file("s"), line, "word", output);

    ASSERT_TRUE(result);
    EXPECT_EQ(*result, Exit::FaultsFound);
    EXPECT_EQ(output.lines, std::vector<std::string>{"sync 人员 word"});
    EXPECT_EQ(output.errors, std::vector<std::string>{"careful"});
    EXPECT_EQ(seen_actor.rfind("uid ", 0), 0U) << seen_actor;
}

TEST(ControlSocket, IsClosedToOthers) {
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer server(folder.file("s"), {}, log);
    struct stat status {};

    ASSERT_EQ(::stat(folder.file("s").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0660U);
}

TEST(ControlSocket, SaysThatNoDaemonListens) {
    const test::TempDir folder;
    Lines output;

    EXPECT_FALSE(call_daemon(folder.file("s"), {}, "", output));
}

TEST(ControlSocket, ASecondDaemonIsRefused) {
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer first(folder.file("s"), {}, log);

    EXPECT_THROW(ControlServer(folder.file("s"), {}, log), base::SystemError);
}

TEST(ControlSocket, AFailingCommandIsAnErrorForTheCallerAndNotForTheDaemon) {
    const test::TempDir folder;
    test::MemoryLog log;
    const ControlServer server(
        folder.file("s"),
        [](const CommandLine&, const std::string&, const std::string&, Output&) -> Exit {
            throw std::runtime_error("the store is gone");
        },
        log);
    Lines first;
    Lines second;

    EXPECT_EQ(call_daemon(folder.file("s"), {}, "", first), Exit::Failed);
    EXPECT_EQ(call_daemon(folder.file("s"), {}, "", second), Exit::Failed);
    EXPECT_EQ(second.errors, std::vector<std::string>{"the store is gone"});
}

}  // namespace
}  // namespace hrbridge::app
