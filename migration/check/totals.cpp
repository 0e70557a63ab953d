#include "migration/check/totals.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace hrbridge::check {
namespace {

using base::Decimal;
using base::Kind;

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

}  // namespace

void Total::add(const Measure& measure, const base::Value& value) {
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

base::Value Total::value(const Measure& measure) const {
    const bool extreme = measure.of == Measure::Of::Min || measure.of == Measure::Of::Max;
    return extreme ? extreme_ : base::Value(Decimal(unscaled_, scale_));
}

// All values of a field have its scale.
void Total::sum(const base::Value& value, const std::string& field) {
    const Decimal number = as_decimal(value);
    scale_ = number.scale();
    if (__builtin_add_overflow(unscaled_, number.unscaled(), &unscaled_)) {
        throw CannotCheck({"sum_too_large", {{"field", field}}});
    }
}

void Total::extreme(const base::Value& value, bool greatest) {
    const bool first = std::holds_alternative<base::Null>(extreme_);
    if (first || (greatest ? is_less(extreme_, value) : is_less(value, extreme_))) {
        extreme_ = value;
    }
}

bool is_number(Kind kind) {
    return kind == Kind::Int || kind == Kind::Decimal;
}

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
    if (kind == Kind::Bool) {
        const bool is_true = text == "true" || text == "1";
        return is_true || text == "false" || text == "0" ? std::optional<base::Value>(is_true)
                                                         : std::nullopt;
    }
    return base::Value(text);
}

bool agree(const base::Value& source, const base::Value& target, const BalanceForm& form) {
    const bool no_source = std::holds_alternative<base::Null>(source);
    const bool no_target = std::holds_alternative<base::Null>(target);
    if (no_source || no_target) {
        return no_source && no_target;
    }
    if (std::holds_alternative<Decimal>(source)) {
        return is_close(std::get<Decimal>(source), as_decimal(target), form);
    }
    return source == target;
}

bool is_within(std::int64_t now, std::int64_t last, const VolumeForm& form) {
    const int scale = std::max(form.low.scale(), form.high.scale());
    base::Int128 change = product(base::Int128{now} - last, 100);
    for (int i = 0; i < scale; ++i) {
        change = product(change, 10);
    }
    return change >= product(last, rescaled(form.low, scale).unscaled()) &&
           change <= product(last, rescaled(form.high, scale).unscaled());
}

}  // namespace hrbridge::check
