#pragma once

#include <memory>

#include "daemon/app/cli.h"
#include "daemon/app/output.h"
#include "daemon/app/services.h"

namespace hrbridge::app {

// The services of a command that runs in its own process, with all that they refer to.
struct LocalServices {
    std::unique_ptr<base::Log> log;
    base::SystemClock clock;
    monitoring::Metrics metrics;
    std::unique_ptr<Services> services;  // null when there are faults
    base::Faults faults;
};

std::unique_ptr<LocalServices> load_local_services(const CommandLine& line,
                                                   WithMappings with = WithMappings::Yes);

// One fault a line, in the order in which they were found.
void print_faults(const base::Faults& faults, Output& output);

}  // namespace hrbridge::app
