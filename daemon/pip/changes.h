#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/model/findings.h"
#include "daemon/pip/announce.h"
#include "daemon/pip/policy.h"

namespace hrbridge::pip {

// What is other than when findings were judged before: facts, or the rule and its settings.
class Changes {
  public:
    // Both outlive it; the JSON is that of the policy.
    Changes(const Policy& policy, const std::string& policy_json)
        : policy_(policy), policy_json_(policy_json) {}

    // Facts written now, by month.
    void written(std::map<base::Date, std::int64_t> months) { months_ = std::move(months); }
    // Of earlier times, read before this time's are saved.
    void evaluated_before(const std::vector<model::Evaluation>& evaluations);

    // Whether facts of the months on which the finding's rule rests are others than before.
    bool in_facts(const model::Finding& finding) const;
    // Why the finding holds no more.
    Announcer::Why why(const model::Finding& finding) const;

  private:
    bool in_rule(const model::Finding& finding) const;

    const Policy& policy_;
    const std::string& policy_json_;
    std::map<base::Date, std::int64_t> months_;
    std::map<std::pair<std::string, base::Date>, std::string> settings_;  // by rule and month
};

}  // namespace hrbridge::pip
