#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "migration/check/rule_spec.h"
#include "migration/check/verdict.h"

namespace hrbridge::check {

// What the source says of one group, read from its raw columns and not by way of the mapping.
struct ControlTotal {
    std::vector<std::optional<std::string>> group;  // in the order of `group:`; nullopt: NULL
    std::vector<std::optional<std::string>> of;     // in the order of `of:`; "2019-03-01", "12.50"
};

// Reads control totals and the volumes of the last run; whoever checks fills it.
class ControlSource {
  public:
    virtual ~ControlSource() = default;
    // A fault's `what` says why there are none; a group must come once.
    virtual base::Result<std::vector<ControlTotal>> totals(const std::string& subject,
                                                           const RuleSpec& rule) = 0;
    // What the source's raw column gives for a figure that a person stated: a whole number, a
    // decimal, or a date, perhaps with a time behind it.
    virtual base::Result<std::string> figure(const ControlForm& form);
    // Live rows of the entity after the last run that counts; nullopt: there was none.
    virtual std::optional<std::int64_t> last_rows(const std::string& entity) = 0;
};

// What is checked: one module of a loaded store.
struct Scope {
    store::sql::Connection& connection;
    const base::SealKeys* keys = nullptr;  // nullptr: what needs sealed values is not checked
    std::string module = {};
    std::vector<const engine::Mapping*> mappings = {};  // of the module
    std::vector<RuleSpec> rules = {};                   // of the project, for the module
    ControlSource* controls = nullptr;  // nullptr: balances and volumes are not checked
    std::size_t examples = 20;          // located rows kept of a verdict
    // By SELECT, so that rules which ask the same of the same rows ask once; null: each asks.
    std::map<std::string, std::int64_t>* counts = nullptr;
};

// Check 1: each field rule of the mappings, by what a complete reading refused and held, each rule
// of the engine's own that refused a row, and the project's value contracts.
std::vector<Verdict> check_format(const Scope& scope);

// Check 2: each logic rule of the mappings and of the project, over the whole entity.
std::vector<Verdict> check_logic(const Scope& over);

}  // namespace hrbridge::check
