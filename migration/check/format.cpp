#include <set>

#include "migration/check/contract.h"
#include "migration/check/loaded.h"
#include "migration/check/violation.h"

namespace hrbridge::check {
namespace {

// What the engine refuses by itself: bytes of no charset, rows without a key, lines that cannot be
// taken apart.
constexpr const char* kOwnRules[] = {"decode", "key", "record"};

Verdict judge_field(const Scope& scope,
                    const engine::Mapping& mapping,
                    const Loaded& loaded,
                    const std::string& rule,
                    const std::string& say) {
    Verdict verdict;
    verdict.check = kFormat;
    verdict.subject = mapping.name;
    verdict.rule = rule;
    verdict.say = say;
    return judge(scope, std::move(verdict), [&](Verdict& out) {
        take_refused(scope, mapping, loaded, out);
        out.examined = loaded.rows_read;
        out.why = {"at_load", {}};
    });
}

void judge_mapping(const Scope& scope,
                   const engine::Mapping& mapping,
                   std::vector<Verdict>& verdicts) {
    const Loaded loaded = read_loaded(scope, mapping);
    std::set<std::string> known;
    for (const engine::FieldRule& field : mapping.fields) {
        known.insert(field.id);
        verdicts.push_back(judge_field(scope, mapping, loaded, field.id, field.target));
    }
    for (const char* own : kOwnRules) {
        known.insert(own);
        verdicts.push_back(judge_field(scope, mapping, loaded, own, ""));
    }
    for (const engine::LogicRule& rule : mapping.logic) {
        known.insert(rule.id);
    }
    for (const auto& [rule, rows] : loaded.rules) {
        if (!known.contains(rule)) {
            verdicts.push_back(judge_field(scope, mapping, loaded, rule, ""));
        }
    }
}

}  // namespace

std::vector<Verdict> check_format(const Scope& scope) {
    std::vector<Verdict> verdicts;
    for (const engine::Mapping* mapping : scope.mappings) {
        judge_mapping(scope, *mapping, verdicts);
    }
    const auto tables = store::entity_tables(scope.connection);
    for (const RuleSpec& rule : scope.rules) {
        if (!std::holds_alternative<ContractForm>(rule.form)) {
            continue;
        }
        Verdict verdict;
        verdict.check = kFormat;
        verdict.subject = scope.module;
        verdict.rule = rule.id;
        verdict.say = rule.say;
        verdicts.push_back(judge(scope, std::move(verdict), [&](Verdict& out) {
            judge_contract(scope, Entity(scope, tables, rule.entity), rule, out);
        }));
    }
    return verdicts;
}

}  // namespace hrbridge::check
