#include "migration/check/balance.h"

#include <map>

#include "migration/check/stream.h"
#include "migration/check/totals.h"

namespace hrbridge::check {
namespace {

using base::Kind;
using Group = std::vector<std::optional<std::string>>;

std::string text_of(const base::Value& value) {
    const auto* const text = std::get_if<std::string>(&value);
    return text != nullptr ? *text : base::to_string(value);
}

std::string shown(const Group& group) {
    std::string out;
    for (const auto& part : group) {
        out += (out.empty() ? "" : " / ") + part.value_or("NULL");
    }
    return out;
}

using Totals = std::map<Group, std::vector<Total>>;

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
        Totals target = read_target();
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
        for (const auto& [group, totals] : target) {
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

    // Without `group:` there is one group, also of no rows.
    Totals read_target() {
        Totals totals;
        if (form_.group.empty()) {
            totals[{}].resize(form_.of.size());
        }
        StreamPlan plan{form_.group, rule_.where};
        for (const Measure& measure : form_.of) {
            if (measure.of != Measure::Of::Rows) {
                plan.fields.push_back(measure.field);
            }
        }
        std::int64_t rows = 0;
        stream_rows(scope_, entity_, plan, [&](std::int64_t, std::span<const base::Value> cells) {
            ++rows;
            Group group;
            for (std::size_t i = 0; i < form_.group.size(); ++i) {
                group.push_back(std::holds_alternative<base::Null>(cells[i])
                                    ? std::nullopt
                                    : std::optional(text_of(cells[i])));
            }
            std::vector<Total>& of = totals[group];
            of.resize(form_.of.size());
            std::size_t next = form_.group.size();
            for (std::size_t i = 0; i < form_.of.size(); ++i) {
                const bool counts_rows = form_.of[i].of == Measure::Of::Rows;
                of[i].add(form_.of[i], counts_rows ? base::Value() : cells[next++]);
            }
        });
        verdict_.figures["rows"] = rows;
        return totals;
    }

    void compare(const Group& group,
                 const std::vector<std::optional<std::string>>& control,
                 const std::vector<Total>& totals) {
        bool counted = false;
        for (std::size_t i = 0; i < form_.of.size(); ++i) {
            const Measure& measure = form_.of[i];
            const base::Value target = totals[i].value(measure);
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
                note = {"differs_by", {{"source", text_of(*source)}, {"target", text_of(target)}}};
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
