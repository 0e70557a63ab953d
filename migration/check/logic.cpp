#include <utility>

#include "migration/check/balance.h"
#include "migration/check/control_total.h"
#include "migration/check/mapping_rules.h"
#include "migration/check/sql_rules.h"

namespace hrbridge::check {
namespace {

using Tables = std::vector<store::EntityTable>;

Verdict blank(std::string subject, std::string rule, std::string say) {
    Verdict verdict;
    verdict.check = kLogic;
    verdict.subject = std::move(subject);
    verdict.rule = std::move(rule);
    verdict.say = std::move(say);
    return verdict;
}

Verdict judge_rule(const Scope& scope,
                   const Tables& tables,
                   const std::string& subject,
                   const RuleSpec& rule) {
    return judge(scope, blank(subject, rule.id, rule.say), [&](Verdict& out) {
        const Entity entity(scope, tables, rule.entity);
        if (std::holds_alternative<RowForm>(rule.form)) {
            take(out, judge_row(scope, entity, rule));
        } else if (std::holds_alternative<UniqueForm>(rule.form)) {
            take(out, judge_unique(scope, entity, rule));
        } else if (std::holds_alternative<ReferenceForm>(rule.form)) {
            take(out, judge_reference(scope, entity, rule));
        } else if (std::holds_alternative<AcyclicForm>(rule.form)) {
            take(out, judge_acyclic(scope, entity, rule));
        } else if (std::holds_alternative<SpansForm>(rule.form)) {
            take(out, judge_spans(scope, entity, rule));
        } else if (std::holds_alternative<BalanceForm>(rule.form)) {
            judge_balance(scope, entity, rule, out);
        } else if (std::holds_alternative<ControlForm>(rule.form)) {
            judge_control(scope, entity, rule, out);
        } else {
            judge_volume(scope, entity, rule, out);
        }
    });
}

// A parent may have gone, or come without its key, since the row was loaded.
Verdict judge_parent(const Scope& scope,
                     const Tables& tables,
                     const engine::Mapping& mapping,
                     const engine::FieldRule& field) {
    RuleSpec rule;
    rule.id = field.id;
    rule.entity = mapping.entity;
    rule.say = field.target + " -> " + field.ref->entity + "." + field.ref->column;
    rule.form = ReferenceForm{field.target, std::nullopt, "", std::nullopt};
    return judge_rule(scope, tables, mapping.name, rule);
}

void judge_mapping(const Scope& scope,
                   const Tables& tables,
                   const engine::Mapping& mapping,
                   std::vector<Verdict>& verdicts) {
    const Loaded loaded = read_loaded(scope, mapping);
    for (const engine::LogicRule& rule : mapping.logic) {
        const std::string& say = rule.say.empty() ? rule.row : rule.say;
        verdicts.push_back(judge(scope, blank(mapping.name, rule.id, say), [&](Verdict& out) {
            const Entity entity(scope, tables, mapping.entity);
            judge_mapping_rule(scope, entity, mapping, rule, loaded, out);
        }));
    }
    for (const engine::RunRule& rule : mapping.run_rules) {
        const auto spec = run_rule_spec(mapping, rule);
        if (spec) {
            verdicts.push_back(judge_rule(scope, tables, mapping.name, spec.value()));
            continue;
        }
        verdicts.push_back(judge(scope, blank(mapping.name, rule.id, rule.say), [&](Verdict&) {
            throw CannotCheck(
                {"bad_predicate", {{"where", spec.fault().where}, {"what", spec.fault().what}}});
        }));
    }
    for (const engine::FieldRule& field : mapping.fields) {
        if (field.ref && field.stored) {
            verdicts.push_back(judge_parent(scope, tables, mapping, field));
        }
    }
}

}  // namespace

base::Result<std::string> ControlSource::figure(const ControlForm& /*form*/) {
    return base::Fault{"", "nobody reads the source's columns here"};
}

std::vector<Verdict> check_logic(const Scope& over) {
    std::map<std::string, std::int64_t> counts;
    Scope scope = over;
    scope.counts = &counts;
    const Tables tables = store::entity_tables(scope.connection);
    std::vector<Verdict> verdicts;
    for (const engine::Mapping* mapping : scope.mappings) {
        judge_mapping(scope, tables, *mapping, verdicts);
    }
    for (const RuleSpec& rule : scope.rules) {
        if (!std::holds_alternative<ContractForm>(rule.form)) {
            verdicts.push_back(judge_rule(scope, tables, scope.module, rule));
        }
    }
    return verdicts;
}

}  // namespace hrbridge::check
