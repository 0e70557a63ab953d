#include "daemon/app/commands.h"

#include <csignal>
#include <iostream>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/app/command_mapping.h"
#include "daemon/app/control.h"
#include "daemon/app/daemon.h"
#include "daemon/app/demo/demo.h"
#include "daemon/app/logs.h"
#include "daemon/app/signals.h"
#include "daemon/app/store_commands.h"

namespace hrbridge::app {
namespace {

// Only the socket's place: the rest of the file may hold secrets that this caller cannot read.
std::string control_socket_of(const std::string& config_file) {
    const auto document = base::load_yaml(config_file);
    const base::YamlNode* node = document ? document->find("control_socket") : nullptr;
    return node == nullptr ? Config().control_socket : node->text;
}

std::string read_input(const CommandLine& line) {
    if (line.command != "user add") {
        return {};
    }
    return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

Exit run_with_store(const CommandLine& line, Output& output) {
    const std::string input = read_input(line);
    if (const auto answer = call_daemon(control_socket_of(line.config_file), line, input, output)) {
        return *answer;
    }
    const auto log = make_log(base::Level::Warning);
    base::SystemClock clock;
    monitoring::Metrics metrics;
    LoadedServices loaded = load_services(line.config_file, *log, clock, metrics);
    for (const base::Fault& fault : loaded.faults) {
        output.error(fmt::format("{}: {}", fault.where, fault.what));
    }
    if (!loaded.services) {
        return Exit::Usage;
    }
    const StopOnSignal signals;
    return run_store_command({*loaded.services,
                              line,
                              input,
                              fmt::format("uid {}", ::getuid()),
                              output,
                              signals.token()});
}

}  // namespace

Exit run_command_line(const CommandLine& line, Output& output) {
    if (line.command == "run") {
        return run_daemon(line.config_file, output);
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
    return run_with_store(line, output);
}

}  // namespace hrbridge::app
