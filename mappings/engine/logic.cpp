#include "mappings/engine/logic.h"

#include <algorithm>

#include <fmt/format.h>

namespace hrbridge::engine {
namespace {

class LogicRenderer {
  public:
    LogicRenderer(const Mapping& mapping,
                  const std::vector<PredicateColumn>& columns,
                  SqlDialect dialect)
        : mapping_(mapping), columns_(columns), dialect_(dialect) {}

    RenderedLogic all() {
        for (const LogicRule& rule : mapping_.logic) {
            RenderedRule rendered{
                rule.id, "", rule.severity, "", rule.say.empty() ? rule.row : rule.say};
            if (!rule.row.empty()) {
                rendered.violation = row_rule(rule, rendered.field);
            } else if (!rule.unique.empty()) {
                rendered.field = rule.unique.front();
                rendered.violation = unique_rule(rule);
            } else if (rule.exists) {
                rendered.field = rule.exists_column;
                rendered.violation = exists_rule(rule);
            }
            if (!rendered.violation.empty()) {
                out_.rules.push_back(std::move(rendered));
            }
        }
        return std::move(out_);
    }

  private:
    std::string place(const LogicRule& rule) const {
        return fmt::format("{}:{}: logic.{}", mapping_.file, rule.line, rule.id);
    }

    // Empty when the predicate does not fit the store's columns; the fault is kept.
    std::optional<Predicate> parse(const LogicRule& rule, const std::string& text) {
        auto predicate = Predicate::parse(text, columns_, place(rule));
        if (!predicate) {
            out_.faults.push_back(predicate.fault());
            return std::nullopt;
        }
        return std::move(predicate).value();
    }

    std::string row_rule(const LogicRule& rule, std::string& field) {
        const auto predicate = parse(rule, rule.row);
        if (!predicate) {
            return {};
        }
        field = predicate->columns().empty() ? "" : predicate->columns().front();
        return fmt::format("SELECT row_no FROM {{staging}} WHERE {}",
                           predicate->render_violation(dialect_, "", rule.null_fails));
    }

    bool is_sealed(const std::string& column) const {
        return std::any_of(columns_.begin(), columns_.end(), [&](const PredicateColumn& each) {
            return each.name == column && each.sealed;
        });
    }
    bool is_stored(const std::string& column) const {
        return std::any_of(
            mapping_.fields.begin(), mapping_.fields.end(), [&](const FieldRule& field) {
                return field.target == column && field.stored;
            });
    }

    // Every row but the first of a value in the batch, and every row whose value another key has in
    // the store already. NULLs are never equal.
    std::string unique_rule(const LogicRule& rule) {
        std::string same_staged;
        std::string same_stored;
        std::string other_key;
        for (const std::string& column : rule.unique) {
            if (is_sealed(column)) {
                out_.faults.push_back(
                    {place(rule),
                     column + " is sealed in the store, where equal values look different; "
                              "it cannot be checked for uniqueness"});
                return {};
            }
            same_staged += fmt::format(" AND t.{0} = s.{0}", column);
            same_stored += fmt::format(" AND e.{0} = s.{0}", column);
        }
        for (const std::string& column : mapping_.target_key) {
            other_key +=
                fmt::format("{}e.{} <> s.{}", other_key.empty() ? "" : " OR ", column, column);
        }
        std::string where_s = "TRUE";
        std::string where_t = "TRUE";
        std::string where_e = "TRUE";
        if (!rule.where.empty()) {
            const auto predicate = parse(rule, rule.where);
            if (!predicate) {
                return {};
            }
            where_s = predicate->render(dialect_, "s");
            where_t = predicate->render(dialect_, "t");
            where_e = predicate->render(dialect_, "e");
            for (const std::string& column : predicate->columns()) {
                if (!is_stored(column)) {
                    out_.faults.push_back(
                        {place(rule),
                         column +
                             " is not stored: where: of a unique rule looks at the store too"});
                    return {};
                }
            }
        }
        return fmt::format(
            "SELECT s.row_no FROM {{staging}} s WHERE {} AND (EXISTS (SELECT 1 FROM {{staging}} t "
            "WHERE t.row_no < "
            "s.row_no{} AND {}) OR EXISTS (SELECT 1 FROM {} e WHERE ({}){} AND {}))",
            where_s,
            same_staged,
            where_t,
            mapping_.entity,
            other_key,
            same_stored,
            where_e);
    }

    std::string exists_rule(const LogicRule& rule) {
        return fmt::format(
            "SELECT s.row_no FROM {{staging}} s WHERE s.{0} IS NOT NULL AND NOT EXISTS (SELECT 1 "
            "FROM {1} e WHERE "
            "e.{2} = s.{0})",
            rule.exists_column,
            rule.exists->entity,
            rule.exists->column);
    }

    const Mapping& mapping_;
    const std::vector<PredicateColumn>& columns_;
    SqlDialect dialect_;
    RenderedLogic out_;
};

}  // namespace

RenderedLogic render_logic(const Mapping& mapping,
                           const std::vector<PredicateColumn>& columns,
                           SqlDialect dialect) {
    return LogicRenderer(mapping, columns, dialect).all();
}

}  // namespace hrbridge::engine
