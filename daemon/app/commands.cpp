#include "daemon/app/commands.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/app/command_check.h"
#include "daemon/app/command_mapping.h"
#include "daemon/app/command_people.h"
#include "daemon/app/control.h"
#include "daemon/app/credentials.h"
#include "daemon/app/daemon.h"
#include "daemon/app/demo/demo.h"
#include "daemon/app/local_services.h"
#include "daemon/app/password_prompt.h"
#include "daemon/app/report_file.h"
#include "daemon/app/signals.h"
#include "daemon/app/store_commands.h"
#include "daemon/app/support/command.h"
#include "daemon/base/yaml.h"

namespace hrbridge::app {
namespace {

// Whether the file names the daemon to speak to. With a broken file of another instance's the usual
// socket would be that of a daemon which nobody meant.
bool names_a_daemon(const CommandLine& line, Output& output) {
    const auto document = base::load_yaml(line.config_file);
    if (document || line.config_file == CommandLine().config_file) {
        return true;
    }
    print_faults({document.fault()}, output);
    return false;
}

// In the daemon, or here when there is none.
Exit run_where_the_store_is(const CommandLine& line, const std::string& input, Output& output) {
    if (!names_a_daemon(line, output)) {
        return Exit::Usage;
    }
    if (const auto answer = call_daemon(control_socket_of(line.config_file), line, input, output)) {
        return *answer;
    }
    // On a fresh machine the store may be there before the mappings are.
    const auto local = load_local_services(
        line, line.command == "store restore" ? WithMappings::No : WithMappings::Yes);
    print_faults(local->faults, output);
    if (!local->services) {
        return Exit::Usage;
    }
    const StopOnSignal signals;
    return run_store_command(
        {*local->services, line, input, unix_actor(::getuid()), output, signals.token()});
}

Exit reload_daemon(const CommandLine& line, Output& output) {
    if (!names_a_daemon(line, output)) {
        return Exit::Usage;
    }
    if (const auto answer = call_daemon(control_socket_of(line.config_file), line, "", output)) {
        return *answer;
    }
    output.error("no daemon runs with this configuration; nothing was reloaded");
    return Exit::Failed;
}

// Whoever has the store opens the workbook or makes the backup, and the daemon is in another
// folder.
CommandLine with_whole_path(const CommandLine& given) {
    CommandLine line = given;
    for (const char* const option : {"xlsx", "to"}) {
        const auto file = line.options.find(option);
        if (file != line.options.end() && !file->second.empty()) {
            file->second = std::filesystem::absolute(file->second).lexically_normal().string();
        }
    }
    return line;
}

Exit run_with_store(const CommandLine& given, Output& output) {
    const CommandLine line = with_whole_path(given);
    if (line.command == "migrate report") {
        return run_report_command(line, output, [&](const std::string& input, Output& to) {
            return run_where_the_store_is(line, input, to);
        });
    }
    if (line.command == "support bundle") {
        return run_support_bundle(line, output, [&](const std::string& input, Output& to) {
            return run_where_the_store_is(line, input, to);
        });
    }
    std::string input;
    if ((line.command == "user add" && !line.has("no-password")) ||
        line.command == "user password") {
        auto password = read_password(STDIN_FILENO, STDERR_FILENO);
        if (!password) {
            output.error("there was no password, or the two were not the same; nothing was done");
            return Exit::Usage;
        }
        input = std::move(*password);
    } else if (needs_number(line)) {
        auto number = read_secret(STDIN_FILENO, STDERR_FILENO, {"Number: "});
        if (!number) {
            output.error("there was no number on standard input; nothing was done");
            return Exit::Usage;
        }
        input = std::move(*number);
    } else if (needs_credentials(line)) {
        auto credentials = read_credentials(line, output);
        if (!credentials) {
            return Exit::Usage;
        }
        input = std::move(*credentials);
    } else if (line.has("decide")) {
        const std::string path = line.option("decide");
        std::ifstream file(path, std::ios::binary);
        input.assign(std::istreambuf_iterator<char>(file), {});
        if (!file) {
            output.error(fmt::format("cannot read {}; nothing was done", path));
            return Exit::Usage;
        }
    }
    return run_where_the_store_is(line, input, output);
}

}  // namespace

Exit run_command_line(const CommandLine& line, Output& output) {
    if (line.command == "run") {
        return run_daemon(line.config_file, output);
    }
    if (line.command == "reload") {
        return reload_daemon(line, output);
    }
    if (line.command == "demo") {
        return demo::run_demo(line, output);
    }
    if (line.command == "check") {
        return run_check(line, output);
    }
    if (line.command == "mapping new" || line.command == "mapping preview") {
        return run_mapping(line, output);
    }
    if (line.command == "migrate key" && line.arguments.front() == "new") {
        return make_key_file(line, output);
    }
    return run_with_store(line, output);
}

}  // namespace hrbridge::app
