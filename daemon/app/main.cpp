#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/app/cli.h"
#include "daemon/app/commands.h"
#include "daemon/app/core_dumps.h"
#include "daemon/app/output.h"
#include "daemon/base/resting_memory.h"
#include "daemon/base/text.h"

namespace {

using namespace hrbridge;

app::Exit run(const std::vector<std::string>& words, app::Output& output) {
    const app::ParsedLine parsed = app::parse_command_line(words);
    if (parsed.version) {
        output.line(fmt::format("hrbridge {}", HRBRIDGE_VERSION));
        return app::Exit::Done;
    }
    if (parsed.error) {
        output.error("hrbridge: " + *parsed.error);
        return app::Exit::Usage;
    }
    if (parsed.help) {
        output.line(base::trim(app::help_text(parsed.line.command)));
        return app::Exit::Done;
    }
    try {
        return app::run_command_line(parsed.line, output);
    } catch (const std::exception& error) {
        output.error(fmt::format("hrbridge: {}", error.what()));
        return app::Exit::Failed;
    }
}

}  // namespace

int main(int argc, char** argv) {
    app::keep_memory_private();
    base::share_heap();
    app::StandardOutput output;
    app::Exit exit = run(std::vector<std::string>(argv + 1, argv + argc), output);
    if (const auto failure = output.failure()) {
        output.error(fmt::format(
            "hrbridge: standard output could not be written: {}; what the command did is done, but "
            "what it had to say is not whole",
            *failure));
        exit = exit == app::Exit::Done ? app::Exit::Failed : exit;
    }
    return static_cast<int>(exit);
}
