#include "migration/check/balance.h"

#include <map>

#include "migration/check/group_totals.h"
#include "migration/check/stream.h"
#include "migration/check/totals.h"

namespace hrbridge::check {
namespace {

using base::Kind;

std::string shown(const Group& group) {
    std::string out;
    for (const auto& part : group) {
        out += (out.empty() ? "" : " / ") + part.value_or("NULL");
    }
    return out;
}

class Balance {
  public:
    Balance(const Scope& scope, const Entity& entity, const RuleSpec& rule, Verdict& verdict)
        : scope_(scope),
          entity_(entity),
          rule_(rule),
          form_(std::get<BalanceForm>(rule.form)),
          verdict_(verdict) {}

    void judge() {
        check_fields();
        std::map<Group, std::vector<std::optional<std::string>>> source = read_source();
        const GroupTotals totals = group_totals(scope_, entity_, rule_);
        const auto& target = totals.of;
        verdict_.figures["rows"] = totals.rows;
        verdict_.why = {"of_groups", {}};
        for (const auto& [group, control] : source) {
            ++verdict_.examined;
            const auto found = target.find(group);
            if (found == target.end()) {
                fail(group, "", {"group_missing", {}});
            } else {
                compare(group, control, found->second);
            }
        }
        for (const auto& [group, values] : target) {
            if (!source.contains(group)) {
                ++verdict_.examined;
                fail(group, "", {"group_extra", {}});
            }
        }
        verdict_.next = verdict_.failed == 0 ? Note{} : Note{"next_balance", {}};
    }

  private:
    void check_fields() {
        for (const std::string& field : form_.group) {
            if (entity_.is_personal(field)) {
                throw CannotCheck({"personal_group", {{"field", field}}});
            }
        }
        for (const Measure& measure : form_.of) {
            Kind kind = Kind::Int;
            if (measure.of != Measure::Of::Rows) {
                kind = entity_.need(measure.field).references.empty()
                           ? entity_.value_type(measure.field).kind
                           : entity_.shown_type(measure.field).kind;
            }
            if (measure.of == Measure::Of::Sum && !is_number(kind)) {
                throw CannotCheck({"no_number", {{"field", measure.field}}});
            }
            kinds_.push_back(kind);
        }
    }

    std::map<Group, std::vector<std::optional<std::string>>> read_source() {
        if (scope_.controls == nullptr) {
            throw CannotCheck({"no_controls", {{"what", ""}}});
        }
        auto totals = scope_.controls->totals(verdict_.subject, rule_);
        if (!totals) {
            throw CannotCheck({"no_controls", {{"what", totals.fault().what}}});
        }
        std::map<Group, std::vector<std::optional<std::string>>> source;
        for (ControlTotal& each : totals.value()) {
            if (each.group.size() != form_.group.size() || each.of.size() != form_.of.size()) {
                throw CannotCheck({"controls_of_other_form", {}});
            }
            if (!source.emplace(each.group, std::move(each.of)).second) {
                throw CannotCheck({"control_group_twice", {{"group", shown(each.group)}}});
            }
        }
        return source;
    }

    void compare(const Group& group,
                 const std::vector<std::optional<std::string>>& control,
                 const std::vector<base::Value>& totals) {
        bool counted = false;
        for (std::size_t i = 0; i < form_.of.size(); ++i) {
            const Measure& measure = form_.of[i];
            const base::Value& target = totals[i];
            std::optional<base::Value> source(std::in_place);
            if (control[i]) {
                source = read_control(*control[i], measure, kinds_[i]);
            }
            if (!source) {
                throw CannotCheck({"control_not_read", {{"measure", to_string(measure)}}});
            }
            if (agree(*source, target, form_)) {
                continue;
            }
            const bool hidden =
                measure.of != Measure::Of::Rows && entity_.is_personal(measure.field);
            Note note{"differs", {}};
            if (!hidden) {
                note = {"differs_by",
                        {{"source", shown_text(*source)}, {"target", shown_text(target)}}};
            }
            add(group, to_string(measure), std::move(note));
            counted = true;
        }
        verdict_.failed += counted ? 1 : 0;
    }

    void fail(const Group& group, const std::string& field, Note note) {
        ++verdict_.failed;
        add(group, field, std::move(note));
    }

    void add(const Group& group, const std::string& field, Note note) {
        if (verdict_.where.size() < scope_.examples) {
            verdict_.where.push_back(
                {entity_.name(), shown(group), field, std::nullopt, std::move(note)});
        }
    }

    const Scope& scope_;
    const Entity& entity_;
    const RuleSpec& rule_;
    const BalanceForm& form_;
    Verdict& verdict_;
    std::vector<Kind> kinds_;
};

}  // namespace

void judge_balance(const Scope& scope,
                   const Entity& entity,
                   const RuleSpec& rule,
                   Verdict& verdict) {
    Balance(scope, entity, rule, verdict).judge();
}

}  // namespace hrbridge::check
