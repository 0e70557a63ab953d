#include "migration/check/balance.h"

#include <algorithm>
#include <map>
#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "migration/check/stream.h"

namespace hrbridge::check {
namespace {

using base::Decimal;
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

bool is_number(Kind kind) {
    return kind == Kind::Int || kind == Kind::Decimal;
}

// Of two values of one field.
bool is_less(const base::Value& a, const base::Value& b) {
    return std::visit(
        [&b](const auto& left) {
            using T = std::decay_t<decltype(left)>;
            if constexpr (std::is_same_v<T, base::Null> || std::is_same_v<T, base::Bytes>) {
                return false;
            } else {
                return left < std::get<T>(b);
            }
        },
        a);
}

// What one measure has come to in one group. A sum over nothing is 0, an extreme of nothing NULL.
class Total {
  public:
    void add(const Measure& measure, const base::Value& value) {
        if (measure.of == Measure::Of::Rows) {
            ++unscaled_;
            return;
        }
        if (std::holds_alternative<base::Null>(value)) {
            return;
        }
        switch (measure.of) {
            case Measure::Of::Sum:
                sum(value, measure.field);
                break;
            case Measure::Of::Min:
                extreme(value, false);
                break;
            case Measure::Of::Max:
                extreme(value, true);
                break;
            case Measure::Of::Rows:
            case Measure::Of::Count:
                ++unscaled_;
                break;
        }
    }

    base::Value value(const Measure& measure) const {
        const bool extreme = measure.of == Measure::Of::Min || measure.of == Measure::Of::Max;
        return extreme ? extreme_ : base::Value(Decimal(unscaled_, scale_));
    }

  private:
    // All values of a field have its scale.
    void sum(const base::Value& value, const std::string& field) {
        const auto* const whole = std::get_if<std::int64_t>(&value);
        const Decimal number = whole != nullptr ? Decimal(*whole, 0) : std::get<Decimal>(value);
        scale_ = number.scale();
        if (__builtin_add_overflow(unscaled_, number.unscaled(), &unscaled_)) {
            throw CannotCheck({"sum_too_large", {{"field", field}}});
        }
    }

    void extreme(const base::Value& value, bool greatest) {
        const bool first = std::holds_alternative<base::Null>(extreme_);
        if (first || (greatest ? is_less(extreme_, value) : is_less(value, extreme_))) {
            extreme_ = value;
        }
    }

    base::Int128 unscaled_ = 0;
    int scale_ = 0;
    base::Value extreme_;
};

using Totals = std::map<Group, std::vector<Total>>;

// A number is compared as one, whatever its places; all else as text.
std::optional<base::Value> read_control(const std::string& text,
                                        const Measure& measure,
                                        Kind kind) {
    if (measure.of == Measure::Of::Rows || measure.of == Measure::Of::Count ||
        measure.of == Measure::Of::Sum || is_number(kind)) {
        const auto number = Decimal::parse(text);
        return number ? std::optional<base::Value>(*number) : std::nullopt;
    }
    if (kind == Kind::Date) {
        const auto day = base::parse_date(text);
        return day ? std::optional<base::Value>(*day) : std::nullopt;
    }
    if (kind == Kind::Timestamp) {
        const auto instant = base::parse_timestamp(text);
        return instant ? std::optional<base::Value>(*instant) : std::nullopt;
    }
    return base::Value(text);
}

Decimal as_decimal(const base::Value& value) {
    const auto* const whole = std::get_if<std::int64_t>(&value);
    return whole != nullptr ? Decimal(*whole, 0) : std::get<Decimal>(value);
}

Decimal rescaled(const Decimal& number, int scale) {
    const auto out = number.rescaled(scale);
    if (!out) {
        throw CannotCheck({"sum_too_large", {{"field", ""}}});
    }
    return *out;
}

base::Int128 product(base::Int128 a, base::Int128 b) {
    base::Int128 out = 0;
    if (__builtin_mul_overflow(a, b, &out)) {
        throw CannotCheck({"sum_too_large", {{"field", ""}}});
    }
    return out;
}

// |a - b| within the tolerance, in whole numbers.
bool is_close(const Decimal& source, const Decimal& target, const BalanceForm& form) {
    const int scale = std::max({source.scale(), target.scale(), form.tolerance.scale()});
    const base::Int128 a = rescaled(source, scale).unscaled();
    const base::Int128 b = rescaled(target, scale).unscaled();
    const base::Int128 apart = a < b ? b - a : a - b;
    if (!form.percent) {
        return apart <= rescaled(form.tolerance, scale).unscaled();
    }
    base::Int128 hundred = 100;
    for (int i = 0; i < form.tolerance.scale(); ++i) {
        hundred = product(hundred, 10);
    }
    return product(apart, hundred) <= product(a < 0 ? -a : a, form.tolerance.unscaled());
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
            std::optional<base::Value> source = base::Value();
            if (control[i]) {
                source = read_control(*control[i], measure, kinds_[i]);
            }
            if (!source) {
                throw CannotCheck({"control_not_read", {{"measure", to_string(measure)}}});
            }
            if (agree(*source, target)) {
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

    bool agree(const base::Value& source, const base::Value& target) const {
        const bool no_source = std::holds_alternative<base::Null>(source);
        const bool no_target = std::holds_alternative<base::Null>(target);
        if (no_source || no_target) {
            return no_source && no_target;
        }
        if (std::holds_alternative<Decimal>(source)) {
            return is_close(std::get<Decimal>(source), as_decimal(target), form_);
        }
        return source == target;
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

void judge_volume(const Scope& scope,
                  const Entity& entity,
                  const RuleSpec& rule,
                  Verdict& verdict) {
    const auto& form = std::get<VolumeForm>(rule.form);
    const auto last =
        scope.controls == nullptr ? std::nullopt : scope.controls->last_rows(entity.name());
    if (!last) {
        throw CannotCheck({"no_last_run", {{"entity", entity.name()}}});
    }
    const auto rows =
        scope.connection.query(fmt::format("SELECT count(*) FROM ({}) c", entity.rows({})), {});
    rows->next();
    const std::int64_t now = rows->integer(0);
    if (*last == 0 && now != 0) {
        throw CannotCheck({"last_run_empty", {{"entity", entity.name()}}});
    }
    const int scale = std::max(form.low.scale(), form.high.scale());
    base::Int128 change = product(base::Int128{now} - *last, 100);
    for (int i = 0; i < scale; ++i) {
        change = product(change, 10);
    }
    const bool fits = change >= product(*last, rescaled(form.low, scale).unscaled()) &&
                      change <= product(*last, rescaled(form.high, scale).unscaled());
    verdict.why = {"of_entity", {}};
    verdict.examined = 1;
    verdict.figures = {{"last_rows", *last}, {"rows", now}};
    if (!fits) {
        verdict.failed = 1;
        verdict.next = {"next_volume", {}};
        verdict.where.push_back(
            {entity.name(),
             "",
             "",
             std::nullopt,
             {"volume", {{"last", std::to_string(*last)}, {"rows", std::to_string(now)}}}});
    }
}

}  // namespace hrbridge::check
