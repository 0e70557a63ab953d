#include "daemon/app/local_services.h"

#include <fmt/format.h>

#include "daemon/app/logs.h"

namespace hrbridge::app {

std::unique_ptr<LocalServices> load_local_services(const CommandLine& line, WithMappings with) {
    auto out = std::make_unique<LocalServices>();
    out->log = make_log(base::Level::Warning);
    LoadedServices loaded =
        load_services(line.config_file, *out->log, out->clock, out->metrics, with);
    out->services = std::move(loaded.services);
    out->faults = std::move(loaded.faults);
    return out;
}

void print_faults(const base::Faults& faults, Output& output) {
    for (const base::Fault& fault : faults) {
        output.error(fmt::format("{}: {}", fault.where, fault.what));
    }
}

}  // namespace hrbridge::app
