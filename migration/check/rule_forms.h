#pragma once

#include <optional>
#include <string>

#include "daemon/base/yaml.h"
#include "migration/check/rule_spec.h"

// One reader a form; the others are in rule_spec.cpp.
namespace hrbridge::check {

// "child -> parent"
std::optional<AcyclicForm> read_acyclic(const std::string& text);
BalanceForm read_balance(base::YamlReader reader);
VolumeForm read_volume(base::YamlReader reader);

}  // namespace hrbridge::check
