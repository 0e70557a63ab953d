#include "migration/check/contract.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "migration/check/sealed_rules.h"
#include "migration/sampling/sensitivity.h"

namespace hrbridge::check {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::size_t kMostCodes = 1'000;

class Contract {
  public:
    Contract(const Scope& scope, const Entity& entity, const RuleSpec& rule, Verdict& verdict)
        : scope_(scope),
          entity_(entity),
          form_(std::get<ContractForm>(rule.form)),
          column_(entity.need(form_.field)),
          type_(entity.value_type(form_.field)),
          verdict_(verdict) {}

    void judge() {
        check_form();
        measure_nulls();
        Found found = column_.sealed ? sealed() : plain();
        if (!column_.sealed) {
            for (FoundRow& row : found.rows) {
                row.located.note = note(row.located.value);
            }
        }
        verdict_.failed = 0;
        take(verdict_, std::move(found));
        verdict_.next = verdict_.failed == 0 ? Note{} : Note{"next_contract", {}};
    }

  private:
    void check_form() const {
        if (!column_.references.empty()) {
            throw CannotCheck({"contract_of_reference", {{"field", form_.field}}});
        }
        if (form_.longest && type_.kind != base::Kind::Text) {
            throw CannotCheck({"no_text", {{"field", form_.field}}});
        }
        const bool coded = type_.kind == base::Kind::Text || type_.kind == base::Kind::Int;
        if (!form_.codes.empty() && (!coded || form_.codes.size() > kMostCodes)) {
            throw CannotCheck({"no_codes", {{"field", form_.field}}});
        }
    }

    void measure_nulls() {
        const auto rows =
            scope_.connection.query(fmt::format("SELECT count(*), count({}) FROM ({}) c",
                                                as_name(form_.field),
                                                entity_.rows({form_.field})),
                                    {});
        rows->next();
        rows_ = rows->integer(0);
        nulls_ = rows_ - rows->integer(1);
        verdict_.figures = {{"rows", rows_}, {"nulls", nulls_}};
        if (rows_ > 0) {
            const auto between = sampling::sensitivity_interval(nulls_, rows_, {95, 100});
            verdict_.figures["null_low_ppm"] = between.low.parts * kMillion / between.low.of;
            verdict_.figures["null_high_ppm"] = between.high.parts * kMillion / between.high.of;
        }
    }

    bool too_many_nulls() const {
        return form_.null_most_ppm &&
               base::Int128{nulls_} * kMillion > base::Int128{rows_} * *form_.null_most_ppm;
    }

    Found plain() {
        Violation violation;
        violation.checked = entity_.rows({form_.field});
        violation.field = form_.field;
        const std::string field = as_name(form_.field);
        std::string broken = too_many_nulls() ? field + " IS NULL" : "1 = 0";
        if (form_.longest) {
            broken += fmt::format(" OR length({}) > {}", field, *form_.longest);
            const auto rows = scope_.connection.query(
                fmt::format("SELECT CAST(COALESCE(max(length({})), 0) AS bigint) FROM ({}) c",
                            field,
                            violation.checked),
                {});
            rows->next();
            verdict_.figures["longest"] = rows->integer(0);
        }
        if (!form_.codes.empty()) {
            violation.values = codes();
            std::string places;
            for (std::size_t i = 1; i <= violation.values.size(); ++i) {
                places += fmt::format("{}${}", places.empty() ? "" : ", ", i);
            }
            broken += fmt::format(" OR {} NOT IN ({})", field, places);
        }
        violation.rows = "SELECT row_no FROM checked WHERE " + broken;
        return find_rows(scope_, entity_, violation);
    }

    std::vector<base::Value> codes() const {
        std::vector<base::Value> values;
        for (const std::string& code : form_.codes) {
            if (type_.kind == base::Kind::Text) {
                values.emplace_back(code);
                continue;
            }
            const auto number = base::Decimal::parse(code);
            const auto whole = number ? number->rescaled(0) : std::nullopt;
            if (!whole || whole->digits() > 18) {
                throw CannotCheck({"no_codes", {{"field", form_.field}}});
            }
            values.emplace_back(static_cast<std::int64_t>(whole->unscaled()));
        }
        return values;
    }

    Found sealed() {
        const bool nulls_fail = too_many_nulls();
        const bool has_codes = !form_.codes.empty();
        const std::vector<base::Value> allowed = codes();
        std::int64_t longest = 0;
        Found found =
            judge_sealed_values(scope_, entity_, form_.field, [&](const base::Value& value) {
                if (std::holds_alternative<base::Null>(value)) {
                    return !nulls_fail;
                }
                if (const auto* const text = std::get_if<std::string>(&value)) {
                    longest =
                        std::max(longest, static_cast<std::int64_t>(base::code_points(*text)));
                    if (form_.longest &&
                        static_cast<std::int64_t>(base::code_points(*text)) > *form_.longest) {
                        return false;
                    }
                }
                return !has_codes || is_allowed(value, allowed);
            });
        if (form_.longest) {
            verdict_.figures["longest"] = longest;
        }
        return found;
    }

    static bool is_allowed(const base::Value& value, const std::vector<base::Value>& allowed) {
        return std::any_of(allowed.begin(), allowed.end(), [&](const base::Value& each) {
            const auto* const whole = std::get_if<std::int64_t>(&each);
            return whole != nullptr ? base::Decimal(*whole, 0) == std::get<base::Decimal>(value)
                                    : each == value;
        });
    }

    // A masked value has as many characters as the value.
    Note note(const std::optional<std::string>& value) const {
        if (!value) {
            return {"null_value", {}};
        }
        if (form_.longest &&
            static_cast<std::int64_t>(base::code_points(*value)) > *form_.longest) {
            return {"too_long", {{"longest", std::to_string(*form_.longest)}}};
        }
        return {"unknown_code", {}};
    }

    const Scope& scope_;
    const Entity& entity_;
    const ContractForm& form_;
    const store::EntityColumn& column_;
    base::FieldType type_;
    Verdict& verdict_;
    std::int64_t rows_ = 0;
    std::int64_t nulls_ = 0;
};

}  // namespace

void judge_contract(const Scope& scope,
                    const Entity& entity,
                    const RuleSpec& rule,
                    Verdict& verdict) {
    Contract(scope, entity, rule, verdict).judge();
}

}  // namespace hrbridge::check
