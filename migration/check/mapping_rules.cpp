#include "migration/check/mapping_rules.h"

#include <algorithm>

#include "mappings/engine/logic.h"

namespace hrbridge::check {
namespace {

const engine::FieldRule* find_field(const engine::Mapping& mapping, const std::string& name) {
    const auto found = std::find_if(mapping.fields.begin(),
                                    mapping.fields.end(),
                                    [&](const auto& field) { return field.target == name; });
    return found == mapping.fields.end() ? nullptr : &*found;
}

bool needs_unstored(const engine::Mapping& mapping, const engine::LogicRule& rule) {
    std::vector<std::string> names = rule.unique;
    if (rule.exists) {
        names.push_back(rule.exists_column);
    }
    std::vector<engine::PredicateColumn> columns;
    for (const engine::FieldRule& field : mapping.fields) {
        columns.push_back({field.target, field.type, false});
    }
    for (const std::string& text : {rule.row, rule.where}) {
        const auto predicate = engine::Predicate::parse(text, columns, "");
        if (predicate) {
            names.insert(names.end(), predicate->columns().begin(), predicate->columns().end());
        }
    }
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        const engine::FieldRule* field = find_field(mapping, name);
        return field != nullptr && !field->stored;
    });
}

// The engine's own SQL for staged rows, over the whole entity in their place.
Violation render(const Entity& entity,
                 const engine::Mapping& mapping,
                 const engine::LogicRule& rule) {
    engine::Mapping alone;
    alone.file = mapping.file;
    alone.entity = mapping.entity;
    alone.target_key = mapping.target_key;
    alone.fields = mapping.fields;
    alone.logic = {rule};
    const auto rendered =
        engine::render_logic(alone, entity.predicate_columns(), entity.engine_dialect());
    if (rendered.rules.empty()) {
        const std::string where = rendered.faults.empty() ? "" : rendered.faults.front().where;
        const std::string what = rendered.faults.empty() ? "" : rendered.faults.front().what;
        throw CannotCheck({"bad_predicate", {{"where", where}, {"what", what}}});
    }
    Violation violation;
    violation.checked = entity.rows(entity.all_fields());
    violation.rows = rendered.rules.front().violation;
    constexpr std::string_view kToken = "{staging}";
    for (std::size_t at = violation.rows.find(kToken); at != std::string::npos;
         at = violation.rows.find(kToken, at)) {
        violation.rows.replace(at, kToken.size(), "checked");
    }
    violation.field = rendered.rules.front().field;
    return violation;
}

}  // namespace

void judge_mapping_rule(const Scope& scope,
                        const Entity& entity,
                        const engine::Mapping& mapping,
                        const engine::LogicRule& rule,
                        const Loaded& loaded,
                        Verdict& verdict) {
    take_refused(scope, mapping, loaded, verdict);
    if (needs_unstored(mapping, rule)) {
        if (rule.severity == engine::Severity::Flag) {
            throw CannotCheck({"flagged_unstored", {}});
        }
        verdict.examined = loaded.rows_read;
        verdict.why = {"at_load", {}};
        return;
    }
    const std::int64_t refused = verdict.failed;
    Found found = find_rows(scope, entity, render(entity, mapping, rule));
    verdict.figures["stored"] = found.failed;
    take(verdict, std::move(found));
    verdict.examined += refused;
    if (verdict.where.size() > scope.examples) {
        verdict.where.resize(scope.examples);
    }
}

}  // namespace hrbridge::check
