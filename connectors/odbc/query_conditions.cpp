#include <fmt/format.h>

#include "connectors/odbc/query.h"
#include "daemon/base/local_bounds.h"
#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

// Towards the end of ORDER BY, or towards its beginning.
enum class Direction { Behind, Before };

// The comparisons of one key column with its value; each use adds its parameter.
class Comparison {
  public:
    Comparison(const Dialect& dialect,
               const std::string& column,
               const KeyValue& value,
               Direction direction)
        : column_(&column),
          value_(&value),
          before_(direction == Direction::Before),
          nulls_follow_(dialect.nulls_last != before_) {
        const auto literal = dialect.key_literal(value);
        const bool number = value.kind == KeyValue::Kind::Number;
        bound_ = !literal && !number;
        binary_ = value.kind == KeyValue::Kind::Binary &&
                  !(dialect.blobs_hold_text && base::is_valid_utf8(value.value));
        const bool text = value.kind == KeyValue::Kind::Text;
        operand_ = literal  ? *literal
                   : number ? value.value
                   : text   ? dialect.key_parameter(value.type)
                            : "?";
    }

    void at_or_beyond(Sql& out) const {
        compare(out, before_ ? "<=" : ">=", nulls_follow_ ? "IS NULL" : "1=1");
    }
    void beyond(Sql& out) const {
        compare(out, before_ ? "<" : ">", nulls_follow_ ? "1=0" : "IS NOT NULL");
    }

    void equal(Sql& out) const {
        out.text += *column_;
        if (value_->kind == KeyValue::Kind::Null) {
            out.text += " IS NULL";
            return;
        }
        out.text += " = ";
        operand(out);
    }

    // A row comparison does not know where NULL sorts.
    bool fits_a_row() const {
        return value_->kind != KeyValue::Kind::Null &&
               (before_ || !value_->nullable || !nulls_follow_);
    }
    void operand(Sql& out) const {
        out.text += operand_;
        if (bound_) {
            out.parameters.push_back({value_->value, binary_});
        }
    }

  private:
    // `for_null` is what the condition is for a NULL value: a test of the column, or of nothing.
    void compare(Sql& out, std::string_view sign, std::string_view for_null) const {
        if (value_->kind == KeyValue::Kind::Null) {
            out.text += for_null.starts_with("IS") ? fmt::format("{} {}", *column_, for_null)
                                                   : std::string(for_null);
            return;
        }
        // What sorts before everything cannot have been skipped: Before needs no such rows.
        const bool or_null = nulls_follow_ && value_->nullable && !before_;
        out.text += fmt::format("{}{} {} ", or_null ? "(" : "", *column_, sign);
        operand(out);
        out.text += or_null ? fmt::format(" OR {} IS NULL)", *column_) : "";
    }

    const std::string* column_;
    const KeyValue* value_;
    bool before_;
    bool nulls_follow_;
    bool bound_ = true;
    bool binary_ = false;
    std::string operand_;
};

// (a >= x AND (a > x OR (a = x AND b >= y))): uses an index that starts with a, and of one over a
// and b no row of x before y. The rows of the key itself are among those behind it, and not among
// those before it.
void nested(const std::vector<Comparison>& columns, std::size_t at, Direction direction, Sql& out) {
    if (at + 1 == columns.size()) {
        if (direction == Direction::Behind) {
            columns[at].at_or_beyond(out);
        } else {
            columns[at].beyond(out);
        }
        return;
    }
    out.text += '(';
    columns[at].at_or_beyond(out);
    out.text += " AND (";
    columns[at].beyond(out);
    out.text += " OR (";
    columns[at].equal(out);
    out.text += " AND ";
    nested(columns, at + 1, direction, out);
    out.text += ")))";
}

void as_row(const std::vector<std::string>& names,
            const std::vector<Comparison>& columns,
            Direction direction,
            Sql& out) {
    out.text += fmt::format(
        "({}) {} (", fmt::join(names, ", "), direction == Direction::Behind ? ">=" : "<");
    for (std::size_t at = 0; at < columns.size(); ++at) {
        out.text += at == 0 ? "" : ", ";
        columns[at].operand(out);
    }
    out.text += ')';
}

Sql key_condition(const Dialect& dialect,
                  const std::vector<std::string>& columns,
                  const std::vector<KeyValue>& key,
                  Direction direction) {
    std::vector<Comparison> comparisons;
    bool row_value = dialect.row_values && columns.size() > 1;
    for (std::size_t at = 0; at < columns.size(); ++at) {
        comparisons.emplace_back(dialect, columns[at], key[at], direction);
        row_value = row_value && comparisons.back().fits_a_row();
    }
    Sql out;
    if (row_value) {
        as_row(columns, comparisons, direction, out);
    } else {
        nested(comparisons, 0, direction, out);
    }
    return out;
}

}  // namespace

Sql window_condition(const Dialect& dialect,
                     const std::string& column,
                     const connectors::Window& window,
                     const base::Zone& zone) {
    const Parameter to{bound_text(base::local_to(zone, window.to)), false};
    if (!window.from) {
        return {fmt::format("({0} < {1} OR {0} IS NULL)", column, dialect.window_parameter), {to}};
    }
    return {fmt::format("({0} >= {1} AND {0} < {1})", column, dialect.window_parameter),
            {{bound_text(base::local_from(zone, *window.from)), false}, to}};
}

Sql page_condition(const Dialect& dialect,
                   const std::vector<std::string>& columns,
                   const std::vector<KeyValue>& key) {
    return key.empty() ? Sql{"1=1", {}} : key_condition(dialect, columns, key, Direction::Behind);
}

Sql before_condition(const Dialect& dialect,
                     const std::vector<std::string>& columns,
                     const std::vector<KeyValue>& key) {
    return key_condition(dialect, columns, key, Direction::Before);
}

std::string order_clause(const std::vector<std::string>& columns) {
    return columns.empty() ? "" : fmt::format("ORDER BY {}", fmt::join(columns, ", "));
}

std::string reverse_order_clause(const std::vector<std::string>& columns) {
    return fmt::format("ORDER BY {} DESC", fmt::join(columns, " DESC, "));
}

}  // namespace hrbridge::odbc
