#include "migration/check/group_totals.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "migration/check/stream.h"
#include "migration/check/totals.h"

namespace hrbridge::check {
namespace {

using base::Kind;

std::optional<std::string> part_of_group(const base::Value& value) {
    return std::holds_alternative<base::Null>(value) ? std::nullopt
                                                     : std::optional(shown_text(value));
}

bool is_added_exactly(const Entity& entity, const Measure& measure) {
    if (measure.of == Measure::Of::Rows) {
        return true;
    }
    if (entity.need(measure.field).sealed) {
        return false;
    }
    const Kind kind = entity.shown_type(measure.field).kind;
    switch (measure.of) {
        case Measure::Of::Min:
        case Measure::Of::Max:
            return kind == Kind::Int || kind == Kind::Date || kind == Kind::Timestamp;
        case Measure::Of::Sum:
            return kind == Kind::Int;
        case Measure::Of::Rows:
        case Measure::Of::Count:
            break;
    }
    return true;
}

bool is_added_by_store(const Entity& entity, const BalanceForm& form) {
    return !entity.is_sqlite() &&
           std::none_of(form.group.begin(),
                        form.group.end(),
                        [&](const std::string& field) { return entity.need(field).sealed; }) &&
           std::all_of(form.of.begin(), form.of.end(), [&](const Measure& each) {
               return is_added_exactly(entity, each);
           });
}

// The groups and what their measures come to, as PostgreSQL adds them up: its sums of whole numbers
// are `numeric`, and exact.
class Query {
  public:
    Query(const Entity& entity, const RuleSpec& rule)
        : entity_(entity), form_(std::get<BalanceForm>(rule.form)) {
        for (const std::string& field : form_.group) {
            groups_.push_back(entity.shown(field, "e", joins_));
            columns_.push_back(groups_.back());
            types_.push_back(entity.shown_type(field));
        }
        add("count(*)", {Kind::Int});
        for (const Measure& measure : form_.of) {
            add_measure(measure);
        }
        sql_ = fmt::format("SELECT {} FROM {} e{} WHERE {}",
                           fmt::join(columns_, ", "),
                           as_name(entity.name()),
                           joins_,
                           entity.live("e", rule.where));
        if (!groups_.empty()) {
            sql_ += fmt::format(" GROUP BY {}", fmt::join(groups_, ", "));
        }
    }

    GroupTotals read(store::sql::Connection& connection) const {
        GroupTotals totals;
        connection.scan(sql_, types_, [&](std::span<const store::sql::ScanCell> cells) {
            Group group;
            for (std::size_t i = 0; i < groups_.size(); ++i) {
                group.push_back(part_of_group(to_value(cells[i], types_[i])));
            }
            totals.rows += cells[groups_.size()].word;
            const auto [place, is_new] = totals.of.try_emplace(std::move(group));
            if (!is_new) {
                throw std::logic_error("two groups of a balance are shown alike");
            }
            for (std::size_t i = 0; i < form_.of.size(); ++i) {
                const std::size_t column = groups_.size() + 1 + i;
                place->second.push_back(
                    measured(form_.of[i], to_value(cells[column], types_[column])));
            }
        });
        return totals;
    }

  private:
    void add(std::string column, base::FieldType type) {
        columns_.push_back(std::move(column));
        types_.push_back(type);
    }

    void add_measure(const Measure& measure) {
        if (measure.of == Measure::Of::Rows) {
            add("count(*)", {Kind::Int});
            return;
        }
        const std::string field = entity_.shown(measure.field, "e", joins_);
        switch (measure.of) {
            case Measure::Of::Rows:
            case Measure::Of::Count:
                add(fmt::format("count({})", field), {Kind::Int});
                break;
            case Measure::Of::Sum:
                add(fmt::format("CAST(COALESCE(sum({}), 0) AS text)", field), {Kind::Text});
                break;
            case Measure::Of::Min:
                add(fmt::format("min({})", field), entity_.shown_type(measure.field));
                break;
            case Measure::Of::Max:
                add(fmt::format("max({})", field), entity_.shown_type(measure.field));
                break;
        }
    }

    static base::Value measured(const Measure& measure, base::Value value) {
        switch (measure.of) {
            case Measure::Of::Rows:
            case Measure::Of::Count:
                return base::Decimal(std::get<std::int64_t>(value), 0);
            case Measure::Of::Min:
            case Measure::Of::Max:
                return value;
            case Measure::Of::Sum:
                break;
        }
        const auto sum = base::Decimal::parse(std::get<std::string>(value));
        if (!sum) {
            throw CannotCheck({"sum_too_large", {{"field", measure.field}}});
        }
        return *sum;
    }

    const Entity& entity_;
    const BalanceForm& form_;
    std::vector<std::string> groups_;
    std::vector<std::string> columns_;
    std::vector<base::FieldType> types_;
    std::string joins_;
    std::string sql_;
};

GroupTotals added_here(const Scope& scope, const Entity& entity, const RuleSpec& rule) {
    const BalanceForm& form = std::get<BalanceForm>(rule.form);
    std::map<Group, std::vector<Total>> totals;
    if (form.group.empty()) {
        totals[{}].resize(form.of.size());
    }
    StreamPlan plan{form.group, rule.where};
    for (const Measure& measure : form.of) {
        if (measure.of != Measure::Of::Rows) {
            plan.fields.push_back(measure.field);
        }
    }
    GroupTotals out;
    stream_rows(scope, entity, plan, [&](std::int64_t, std::span<const base::Value> cells) {
        ++out.rows;
        Group group;
        for (std::size_t i = 0; i < form.group.size(); ++i) {
            group.push_back(part_of_group(cells[i]));
        }
        std::vector<Total>& of = totals[group];
        of.resize(form.of.size());
        std::size_t next = form.group.size();
        for (std::size_t i = 0; i < form.of.size(); ++i) {
            const bool counts_rows = form.of[i].of == Measure::Of::Rows;
            of[i].add(form.of[i], counts_rows ? base::Value() : cells[next++]);
        }
    });
    for (const auto& [group, of] : totals) {
        std::vector<base::Value>& values = out.of[group];
        for (std::size_t i = 0; i < of.size(); ++i) {
            values.push_back(of[i].value(form.of[i]));
        }
    }
    return out;
}

}  // namespace

GroupTotals group_totals(const Scope& scope, const Entity& entity, const RuleSpec& rule) {
    return is_added_by_store(entity, std::get<BalanceForm>(rule.form))
               ? Query(entity, rule).read(scope.connection)
               : added_here(scope, entity, rule);
}

}  // namespace hrbridge::check
