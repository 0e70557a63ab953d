#include "daemon/pip/changes.h"

#include <nlohmann/json.hpp>

#include "daemon/pip/finding_maker.h"
#include "daemon/pip/months.h"

namespace hrbridge::pip {
namespace {

// The part of a policy on which a rule's findings rest, in one form.
std::string settings_of(const std::string& rule, const std::string& policy) {
    auto settings = nlohmann::json::parse(policy);
    settings.erase(rule == "R1" ? "R2" : "R1");
    return settings.dump();
}

}  // namespace

void Changes::evaluated_before(const std::vector<model::Evaluation>& evaluations) {
    for (const model::Evaluation& each : evaluations) {
        settings_[{each.rule, each.period}] = settings_of(each.rule, each.policy);
    }
}

bool Changes::in_facts(const model::Finding& finding) const {
    const auto changed =
        months_.lower_bound(add_months(finding.period, 1 - months_of(finding.rule, policy_)));
    return changed != months_.end() && changed->first <= finding.period;
}

bool Changes::in_rule(const model::Finding& finding) const {
    const int version = finding.rule == "R1" ? kDefectLevelVersion : kStreakVersion;
    const auto before = settings_.find({finding.rule, finding.period});
    return finding.rule_version != version ||
           (before != settings_.end() && before->second != settings_of(finding.rule, policy_json_));
}

Announcer::Why Changes::why(const model::Finding& finding) const {
    if (!in_facts(finding)) {
        return Announcer::Why::Rule;
    }
    return in_rule(finding) ? Announcer::Why::DataOrRule : Announcer::Why::Data;
}

}  // namespace hrbridge::pip
