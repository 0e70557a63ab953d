#pragma once

#include <string_view>

#include "daemon/base/yaml.h"
#include "migration/project/project.h"

namespace hrbridge::project {

// What the ids of the rules begin with that hold an entity's volume against the last run's.
inline constexpr std::string_view kVolumeRule = "volume:";

// One item of `modules:`. What is wrong is added to `faults`; the module then has defaults there.
Module read_module(const base::YamlNode& node, base::Faults& faults);

// The lists contracts, control_totals, must_check and go_no_go of a module.
void read_contracts(base::YamlReader& module, base::Faults& faults, Module& out);
void read_control_totals(base::YamlReader& module, base::Faults& faults, Module& out);
void read_must_check(base::YamlReader& module, base::Faults& faults, Module& out);
void read_go_items(base::YamlReader& module, base::Faults& faults, Module& out);

// "0.5%" in parts per million, exactly; nullopt for what is no share from 0 % to 100 % with at most
// four digits behind the point.
std::optional<std::int64_t> parse_share_ppm(std::string_view text);

}  // namespace hrbridge::project
