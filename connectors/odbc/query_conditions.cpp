#include <fmt/format.h>

#include "connectors/odbc/query.h"
#include "daemon/base/local_bounds.h"

namespace hrbridge::odbc {
namespace {

// The comparisons of one key column with its value; each use adds its parameter.
class Comparison {
  public:
    Comparison(const Dialect& dialect, const std::string& column, const KeyValue& value)
        : column_(&column), value_(&value), nulls_last_(dialect.nulls_last) {
        operand_ = value.kind == KeyValue::Kind::Number ? value.value
                   : value.kind == KeyValue::Kind::Text ? dialect.key_parameter(value.type)
                                                        : "?";
    }

    void at_or_behind(Sql& out) const { compare(out, ">=", nulls_last_ ? "IS NULL" : ""); }
    void behind(Sql& out) const { compare(out, ">", nulls_last_ ? "" : "IS NOT NULL"); }

    bool is_null() const { return value_->kind == KeyValue::Kind::Null; }
    // A row comparison does not know where NULL sorts.
    bool may_be_null() const { return is_null() || (value_->nullable && nulls_last_); }
    void operand(Sql& out) const {
        out.text += operand_;
        if (value_->kind != KeyValue::Kind::Number) {
            out.parameters.push_back({value_->value, value_->kind == KeyValue::Kind::Binary});
        }
    }

  private:
    // `null_test` is what the condition is for a NULL value: a test of the column, or always true
    // (>=) or false (>) when empty.
    void compare(Sql& out, std::string_view sign, std::string_view null_test) const {
        if (is_null()) {
            out.text += null_test.empty() ? (sign == ">=" ? "1=1" : "1=0")
                                          : fmt::format("{} {}", *column_, null_test);
            return;
        }
        const bool nulls_follow = nulls_last_ && value_->nullable;
        out.text += fmt::format("{}{} {} ", nulls_follow ? "(" : "", *column_, sign);
        operand(out);
        out.text += nulls_follow ? fmt::format(" OR {} IS NULL)", *column_) : "";
    }

    const std::string* column_;
    const KeyValue* value_;
    bool nulls_last_;
    std::string operand_;
};

// (a >= x AND (a > x OR (b >= y AND …))): uses an index that starts with a.
void nested(const std::vector<Comparison>& columns, std::size_t at, Sql& out) {
    if (at + 1 == columns.size()) {
        columns[at].at_or_behind(out);
        return;
    }
    out.text += '(';
    columns[at].at_or_behind(out);
    out.text += " AND (";
    columns[at].behind(out);
    out.text += " OR ";
    nested(columns, at + 1, out);
    out.text += "))";
}

void as_row(const std::vector<std::string>& names,
            const std::vector<Comparison>& columns,
            Sql& out) {
    out.text += fmt::format("({}) >= (", fmt::join(names, ", "));
    for (std::size_t at = 0; at < columns.size(); ++at) {
        out.text += at == 0 ? "" : ", ";
        columns[at].operand(out);
    }
    out.text += ')';
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
    if (key.empty()) {
        return {"1=1", {}};
    }
    std::vector<Comparison> comparisons;
    bool row_value = dialect.row_values && columns.size() > 1;
    for (std::size_t at = 0; at < columns.size(); ++at) {
        comparisons.emplace_back(dialect, columns[at], key[at]);
        row_value = row_value && !comparisons.back().may_be_null();
    }
    Sql out;
    if (row_value) {
        as_row(columns, comparisons, out);
    } else {
        nested(comparisons, 0, out);
    }
    return out;
}

std::string order_clause(const std::vector<std::string>& columns) {
    return columns.empty() ? "" : fmt::format("ORDER BY {}", fmt::join(columns, ", "));
}

}  // namespace hrbridge::odbc
