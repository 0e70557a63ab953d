#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/app/cli.h"
#include "daemon/app/commands.h"
#include "daemon/app/output.h"

int main(int argc, char** argv) {
    using namespace hrbridge;
    const std::vector<std::string> words(argv + 1, argv + argc);
    const app::ParsedLine parsed = app::parse_command_line(words);
    if (parsed.version) {
        fmt::print("hrbridge {}\n", HRBRIDGE_VERSION);
        return 0;
    }
    if (parsed.error) {
        fmt::print(stderr, "hrbridge: {}\n", *parsed.error);
        return static_cast<int>(app::Exit::Usage);
    }
    if (parsed.help) {
        fmt::print("{}", app::help_text(parsed.line.command));
        return 0;
    }
    try {
        app::StandardOutput output;
        return static_cast<int>(app::run_command_line(parsed.line, output));
    } catch (const std::exception& error) {
        fmt::print(stderr, "hrbridge: {}\n", error.what());
        return static_cast<int>(app::Exit::Failed);
    }
}
