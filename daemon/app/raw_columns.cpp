#include "daemon/app/raw_columns.h"

#include <algorithm>
#include <variant>

#include "daemon/base/text.h"
#include "migration/check/rule_forms.h"

namespace hrbridge::app {
namespace {

// Each once, whatever the case of its letters.
void add_column(const std::string& name, std::vector<std::string>& columns) {
    const bool known = std::any_of(columns.begin(), columns.end(), [&](const std::string& each) {
        return base::same_name(each, name);
    });
    if (!known && !name.empty()) {
        columns.push_back(name);
    }
}

void add_column_of(const engine::Mapping& mapping,
                   const std::string& target,
                   std::vector<std::string>& columns) {
    for (const engine::FieldRule& field : mapping.fields) {
        if (field.target == target) {
            add_column(field.from, columns);
        }
    }
}

}  // namespace

std::vector<std::string> raw_columns(const engine::Mapping& mapping,
                                     const std::vector<const check::RuleSpec*>& balances,
                                     const std::vector<const check::ControlForm*>& figures) {
    std::vector<std::string> columns;
    for (const std::string& part : mapping.key) {
        add_column(part, columns);
    }
    for (const check::RuleSpec* const rule : balances) {
        const auto& form = std::get<check::BalanceForm>(rule->form);
        for (const std::string& target : form.group) {
            add_column_of(mapping, target, columns);
        }
        for (const check::Measure& measure : form.of) {
            add_column_of(mapping, measure.field, columns);
        }
    }
    for (const check::ControlForm* const form : figures) {
        add_column(form->column, columns);
    }
    return columns;
}

}  // namespace hrbridge::app
