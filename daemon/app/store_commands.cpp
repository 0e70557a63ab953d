#include "daemon/app/store_commands.h"

#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/app/command_people.h"
#include "daemon/app/command_register.h"
#include "daemon/app/key_rotation.h"
#include "daemon/app/local_services.h"
#include "daemon/app/seal_faults.h"
#include "daemon/app/store_backup.h"
#include "daemon/app/store_place.h"
#include "daemon/base/yaml.h"

namespace hrbridge::app {
namespace {

using Run = Exit (*)(const CommandContext&);
struct Group {
    const char* word;
    Run run;
};

constexpr std::array<Group, 13> kGroups{{{"sync", run_sync},
                                         {"rejects", run_rejects},
                                         {"outbox", run_outbox},
                                         {"findings", run_findings},
                                         {"job", run_jobs},
                                         {"user", run_users},
                                         {"status", run_status},
                                         {"store", run_store},
                                         {"migrate", run_migrate},
                                         {"key", run_key},
                                         {"register", run_register},
                                         {"people", run_people},
                                         {"support", run_support}}};

const Group* find_group(const std::string& command) {
    const std::string word = command.substr(0, command.find(' '));
    for (const Group& group : kGroups) {
        if (word == group.word) {
            return &group;
        }
    }
    return nullptr;
}

}  // namespace

std::string no_mapping(const Services& services, const std::string& name) {
    std::vector<std::string> names;
    std::string list;
    for (const engine::Mapping& mapping : services.mappings) {
        names.push_back(mapping.name);
        list += (list.empty() ? "" : ", ") + mapping.name;
    }
    const std::string near = base::nearest(name, names);
    if (!near.empty()) {
        return fmt::format("there is no mapping '{}'; did you mean '{}'?", name, near);
    }
    return list.empty() ? std::string("the configuration has no mapping")
                        : fmt::format("there is no mapping '{}'; there are: {}", name, list);
}

bool is_store_command(const std::string& command) {
    return find_group(command) != nullptr;
}

Exit run_store_command(const CommandContext& context) {
    const Group* group = find_group(context.line.command);
    if (group == nullptr) {
        throw std::logic_error("no store command: " + context.line.command);
    }
    if (context.line.command == "support bundle") {
        return run_support(context);  // mostly of what does not work
    }
    if (const base::Faults away = store_place_faults(context.services.config); !away.empty()) {
        print_faults(away, context.output);
        return Exit::Failed;
    }
    if (context.line.command == "store restore") {
        return run_restore(context);  // there may be no store yet
    }
    if (const base::Faults faults = seal_faults(context.services); !faults.empty()) {
        print_faults(faults, context.output);
        return Exit::Usage;
    }
    const auto connection = context.services.store->connect();
    const int version = store::schema_version(*connection);
    if (version < store::newest_schema_version() && context.line.command != "store upgrade") {
        if (version != 0) {
            context.output.error(
                fmt::format("the store has schema version {} and this program needs {}; run: "
                            "hrbridge store upgrade",
                            version,
                            store::newest_schema_version()));
            return Exit::Failed;
        }
        store::migrate(*connection);
    }
    return group->run(context);
}

}  // namespace hrbridge::app
