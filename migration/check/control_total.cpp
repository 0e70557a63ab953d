#include "migration/check/control_total.h"

#include <algorithm>
#include <set>

#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"
#include "migration/check/stream.h"
#include "migration/check/totals.h"

namespace hrbridge::check {
namespace {

using Of = ControlForm::Of;

constexpr std::string_view kStore = "control_store";

// Steps behind which a number, a day or a text is still the column's.
bool keeps_values(const engine::Step& step) {
    static const std::set<std::string> kKeep{"trim", "trim_left", "trim_right", "empty_to_null"};
    return kKeep.contains(step.name);
}

bool keeps_values(const engine::FieldRule& field) {
    return field.codes.empty() && std::all_of(field.steps.begin(),
                                              field.steps.end(),
                                              [](const auto& step) { return keeps_values(step); });
}

class Control {
  public:
    Control(const Scope& scope, const Entity& entity, const RuleSpec& rule, Verdict& verdict)
        : scope_(scope),
          entity_(entity),
          form_(std::get<ControlForm>(rule.form)),
          rule_(rule),
          verdict_(verdict) {}

    void judge() {
        find_field();
        compare("control_source", source());
        if (form_.of == Of::Rows) {
            compare(kStore, count_rows());
        } else if (target_.empty()) {
            throw CannotCheck({"control_no_field", {{"column", form_.column}}});
        } else if (changed_) {
            verdict_.why = {"control_source_only", {{"field", target_}}};
        } else {
            compare(kStore, target());
        }
        if (verdict_.why.code.empty()) {
            verdict_.why = {"control_both", {}};
        }
        verdict_.next = verdict_.failed == 0 ? Note{} : Note{"next_control", {}};
    }

  private:
    void find_field() {
        const auto mapping = std::find_if(
            scope_.mappings.begin(), scope_.mappings.end(), [&](const engine::Mapping* each) {
                return each->name == form_.mapping;
            });
        if (mapping == scope_.mappings.end()) {
            throw CannotCheck({"not_loaded", {{"mapping", form_.mapping}}});
        }
        target_ = form_.field;
        for (const engine::FieldRule& field : (*mapping)->fields) {
            if (field.stored && base::same_name(field.from, form_.column)) {
                filled_ = &field;
                break;
            }
        }
        if (target_.empty() && filled_ != nullptr) {
            target_ = filled_->target;
            changed_ = !keeps_values(*filled_);
        }
    }

    std::string source() const {
        if (scope_.controls == nullptr) {
            throw CannotCheck({"no_controls", {{"what", ""}}});
        }
        auto figure = scope_.controls->figure(form_);
        if (!figure) {
            throw CannotCheck({"no_controls", {{"what", figure.fault().what}}});
        }
        return std::move(figure).value();
    }

    std::string count_rows() const {
        std::int64_t rows = 0;
        stream_rows(
            scope_, entity_, {}, [&](std::int64_t, std::span<const base::Value>) { ++rows; });
        return std::to_string(rows);
    }

    std::string target() const {
        const Measure measure{form_.of == Of::Sum        ? Measure::Of::Sum
                              : form_.of == Of::Earliest ? Measure::Of::Min
                              : form_.of == Of::Latest   ? Measure::Of::Max
                                                         : Measure::Of::Count,
                              target_};
        const base::Kind kind = entity_.need(target_).references.empty()
                                    ? entity_.value_type(target_).kind
                                    : entity_.shown_type(target_).kind;
        if (form_.of == Of::Sum && !is_number(kind)) {
            throw CannotCheck({"no_number", {{"field", target_}}});
        }
        const bool is_time = kind == base::Kind::Date || kind == base::Kind::Timestamp;
        if ((form_.of == Of::Earliest || form_.of == Of::Latest) && !is_time) {
            throw CannotCheck({"no_time", {{"field", target_}}});
        }
        Total total;
        std::set<base::RowHash> distinct;
        base::RowHasher hasher;
        stream_rows(
            scope_, entity_, {{target_}}, [&](std::int64_t, std::span<const base::Value> cells) {
                total.add(measure, cells[0]);
                if (form_.of == Of::Distinct && !std::holds_alternative<base::Null>(cells[0])) {
                    hasher.add_text(base::to_string(cells[0]));
                    distinct.insert(hasher.finish());
                }
            });
        return form_.of == Of::Distinct ? std::to_string(distinct.size())
                                        : base::to_string(total.value(measure));
    }

    bool is_hidden() const {
        return form_.of != Of::Rows && form_.of != Of::Distinct &&
               (target_.empty() || entity_.is_personal(target_) ||
                (filled_ != nullptr && entity_.is_personal(filled_->target)));
    }

    void compare(std::string_view side, const std::string& found) {
        ++verdict_.examined;
        if (is_same(found)) {
            return;
        }
        ++verdict_.failed;
        Note note{std::string(side) + (is_hidden() ? "_differs" : ""),
                  {{"stated", form_.value}, {"found", found}}};
        if (is_hidden()) {
            note.values.clear();
        }
        verdict_.where.push_back(
            {entity_.name(),
             rule_.id,
             side == kStore && !form_.field.empty() ? form_.field : form_.column,
             std::nullopt,
             std::move(note)});
    }

    bool is_same(const std::string& found) const {
        if (form_.of == Of::Earliest || form_.of == Of::Latest) {
            // A time of that day is that day's.
            return base::parse_date(found.substr(0, 10)) == base::parse_date(form_.value);
        }
        const auto stated = base::Decimal::parse(form_.value);
        const auto number = base::Decimal::parse(found);
        return stated && number && *stated == *number;
    }

    const Scope& scope_;
    const Entity& entity_;
    const ControlForm& form_;
    const RuleSpec& rule_;
    Verdict& verdict_;
    const engine::FieldRule* filled_ = nullptr;  // by the column, as the mapping says
    std::string target_;    // the field that is to hold the column; empty: none
    bool changed_ = false;  // on purpose, by steps of the mapping
};

}  // namespace

void judge_control(const Scope& scope,
                   const Entity& entity,
                   const RuleSpec& rule,
                   Verdict& verdict) {
    Control(scope, entity, rule, verdict).judge();
}

}  // namespace hrbridge::check
