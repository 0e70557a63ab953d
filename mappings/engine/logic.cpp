#include "mappings/engine/logic.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace hrbridge::engine {
namespace {

class LogicRenderer {
  public:
    LogicRenderer(const Mapping& mapping,
                  const std::vector<PredicateColumn>& columns,
                  SqlDialect dialect)
        : mapping_(mapping), columns_(columns), dialect_(dialect) {}

    // Row rules first: a row that they refuse must not make another one a duplicate, nor be the
    // parent of one.
    RenderedLogic all() {
        for (const bool of_rows : {true, false}) {
            for (const LogicRule& rule : mapping_.logic) {
                if (of_rows != rule.row.empty()) {
                    add(rule);
                }
            }
        }
        return std::move(out_);
    }

  private:
    void add(const LogicRule& rule) {
        RenderedRule rendered;
        rendered.id = rule.id;
        rendered.severity = rule.severity;
        rendered.say = rule.say.empty() ? rule.row : rule.say;
        rendered.of_rows =
            !rule.row.empty() || (rule.exists && rule.exists->entity != mapping_.entity);
        rendered.of_fields = !rule.row.empty();
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

    std::string place(const LogicRule& rule) const {
        return fmt::format("{}:{}: logic.{}", mapping_.file, rule.line, rule.id);
    }

    // Empty when the predicate does not fit the store's columns; the fault is
    // kept.
    std::optional<Predicate> parse(const LogicRule& rule, const std::string& text) {
        auto predicate = Predicate::parse(text, columns_, place(rule));
        if (!predicate) {
            out_.faults.push_back(predicate.fault());
            return std::nullopt;
        }
        const int digits = predicate->most_decimal_digits();
        if (dialect_ == SqlDialect::Sqlite && digits > Predicate::kMostSqliteDigits) {
            out_.faults.push_back(
                {place(rule),
                 fmt::format("a decimal here may need {} digits and an SQLite store decides on at "
                             "most {}; give the fields the digits and decimals that they need, "
                             "e.g. decimal(12,2), or use a PostgreSQL store",
                             digits,
                             Predicate::kMostSqliteDigits)});
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

    // "a"."x" = "b"."x" AND … of the columns.
    static std::string equal(const std::vector<std::string>& columns,
                             std::string_view left,
                             std::string_view right) {
        std::string out;
        for (const std::string& column : columns) {
            out += fmt::format(
                "{0}{1}.\"{2}\" = {3}.\"{2}\"", out.empty() ? "" : " AND ", left, column, right);
        }
        return out;
    }

    static std::string none_null(const std::vector<std::string>& columns, std::string_view alias) {
        std::string out;
        for (const std::string& column : columns) {
            out +=
                fmt::format("{}{}.\"{}\" IS NOT NULL", out.empty() ? "" : " AND ", alias, column);
        }
        return out;
    }

    bool can_be_unique(const LogicRule& rule) {
        for (const std::string& column : rule.unique) {
            if (is_sealed(column)) {
                out_.faults.push_back(
                    {place(rule),
                     column + " is sealed in the store, where equal values look different; "
                              "it cannot be checked for uniqueness"});
                return false;
            }
            if (!is_stored(column)) {
                out_.faults.push_back(
                    {place(rule), column + " is not stored: a unique rule looks at the store too"});
                return false;
            }
        }
        return true;
    }

    // The rule's `where:`; nullopt with a fault when it does not fit. Absent:
    // every row.
    std::optional<std::array<std::string, 2>> unique_where(const LogicRule& rule) {
        if (rule.where.empty()) {
            return std::array<std::string, 2>{"TRUE", "TRUE"};
        }
        const auto predicate = parse(rule, rule.where);
        if (!predicate) {
            return std::nullopt;
        }
        for (const std::string& column : predicate->columns()) {
            if (!is_stored(column)) {
                out_.faults.push_back({place(rule),
                                       column + " is not stored: where: of a unique rule "
                                                "looks at the store too"});
                return std::nullopt;
            }
        }
        return std::array{predicate->render(dialect_, "s"), predicate->render(dialect_, "e")};
    }

    // Every row but the first of a value in the batch, and every row whose value
    // a row of the store has that this batch does not itself replace. NULLs are
    // never equal. A window and joins, which both stores can sort or hash: a
    // correlated EXISTS compares every row with every other.
    std::string unique_rule(const LogicRule& rule) {
        const auto where = can_be_unique(rule) ? unique_where(rule) : std::nullopt;
        if (!where) {
            return {};
        }
        std::string values;
        for (const std::string& column : rule.unique) {
            values += fmt::format("{}s.\"{}\"", values.empty() ? "" : ", ", column);
        }
        return fmt::format(
            "SELECT w.row_no FROM (SELECT s.row_no AS row_no, "
            "row_number() OVER (PARTITION BY {0} "
            "ORDER BY s.row_no) AS place FROM {{staging}} s WHERE "
            "{1} AND {2}) w WHERE w.place > 1 "
            "UNION SELECT s.row_no FROM {{staging}} s JOIN \"{3}\" "
            "e ON {4} LEFT JOIN {{staging}} k "
            "ON {5} WHERE k.row_no IS NULL AND e.gone_at IS NULL AND {2} AND {6}",
            values,
            none_null(rule.unique, "s"),
            (*where)[0],
            mapping_.entity,
            equal(rule.unique, "s", "e"),
            equal(mapping_.target_key, "k", "e"),
            (*where)[1]);
    }

    // A parent of the own entity may come in the same batch.
    std::string exists_rule(const LogicRule& rule) {
        std::string sql = fmt::format(
            "SELECT s.row_no FROM {{staging}} s WHERE s.\"{0}\" IS NOT NULL AND "
            "s.\"{0}\" NOT IN (SELECT "
            "e.\"{1}\" FROM \"{2}\" e WHERE e.gone_at IS NULL AND e.\"{1}\" IS NOT NULL",
            rule.exists_column,
            rule.exists->column,
            rule.exists->entity);
        if (rule.exists->entity == mapping_.entity && is_stored(rule.exists->column)) {
            sql += fmt::format(
                " UNION ALL SELECT t.\"{0}\" FROM {{staging}} t WHERE "
                "t.\"{0}\" IS NOT NULL",
                rule.exists->column);
        }
        return sql + ")";
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
