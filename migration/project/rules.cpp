#include "migration/project/module_reader.h"

namespace hrbridge::project {
namespace {

constexpr int kPercentDigits = 4;  // a millionth is a ten-thousandth of a percent

check::RuleSpec contract_rule(const Contract& contract) {
    check::RuleSpec rule;
    rule.id = contract.id;
    rule.entity = contract.entity;
    rule.line = contract.line;
    rule.form = check::ContractForm{
        contract.field, contract.longest, contract.null_most_ppm, contract.codes};
    return rule;
}

check::RuleSpec control_rule(const ControlTotal& total,
                             const std::vector<engine::Mapping>& mappings) {
    using Of = check::ControlForm::Of;
    check::RuleSpec rule;
    rule.id = total.id;
    rule.line = total.line;
    for (const engine::Mapping& mapping : mappings) {
        if (mapping.name == total.mapping) {
            rule.entity = mapping.entity;
        }
    }
    const Of of = total.form == TotalForm::Rows       ? Of::Rows
                  : total.form == TotalForm::Sum      ? Of::Sum
                  : total.form == TotalForm::Earliest ? Of::Earliest
                  : total.form == TotalForm::Latest   ? Of::Latest
                                                      : Of::Distinct;
    rule.form = check::ControlForm{of, total.mapping, total.column, total.value, total.field};
    return rule;
}

check::RuleSpec volume_rule(const Module& module, const std::string& entity) {
    check::RuleSpec rule;
    rule.id = std::string(kVolumeRule) + entity;
    rule.entity = entity;
    rule.line = module.line;
    rule.form = check::VolumeForm{base::Decimal(-module.volume_ppm, kPercentDigits),
                                  base::Decimal(module.volume_ppm, kPercentDigits)};
    return rule;
}

}  // namespace

std::vector<check::RuleSpec> rules_of(const Module& module,
                                      const std::vector<engine::Mapping>& mappings) {
    std::vector<check::RuleSpec> rules = module.rules;
    for (check::RuleSpec& rule : rules) {
        auto* const balance = std::get_if<check::BalanceForm>(&rule.form);
        if (balance != nullptr && !balance->states_tolerance) {
            balance->tolerance = module.balance_tolerance;
        }
    }
    for (const Contract& contract : module.contracts) {
        rules.push_back(contract_rule(contract));
    }
    for (const ControlTotal& total : module.control_totals) {
        rules.push_back(control_rule(total, mappings));
    }
    for (const std::string& entity : entities_of(module, mappings)) {
        rules.push_back(volume_rule(module, entity));
    }
    return rules;
}

}  // namespace hrbridge::project
