#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/time.h"
#include "mappings/engine/predicate_node.h"

namespace hrbridge::engine {
namespace {

using Node = Predicate::Node;
using base::Kind;

constexpr base::Date kFirstDay{std::chrono::year{1} / 1 / 1};
constexpr base::Date kLastDay{std::chrono::year{9999} / 12 / 31};

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c;
        if (c == '\'') {
            out += c;
        }
    }
    return out + "'";
}

// LIKE as GLOB: SQLite's LIKE folds the case of ASCII letters, PostgreSQL's
// does not.
std::string glob_of(std::string_view like) {
    std::string out;
    for (const char c : like) {
        if (c == '%') {
            out += '*';
        } else if (c == '_') {
            out += '?';
        } else if (c == '*' || c == '?' || c == '[') {
            out += fmt::format("[{}]", c);
        } else {
            out += c;
        }
    }
    return out;
}

class Renderer {
  public:
    Renderer(SqlDialect dialect, std::string_view alias)
        : sqlite_(dialect == SqlDialect::Sqlite),
          prefix_(alias.empty() ? "" : std::string(alias) + ".") {}

    std::string node(const Node& n) const {
        switch (n.op) {
            case PredicateOp::Column:
                // Quoted: "user" without quotes is a value of PostgreSQL's own.
                return fmt::format("{}\"{}\"", prefix_, n.text);
            case PredicateOp::Literal:
                return literal(n, n.scale);
            case PredicateOp::Compare:
                return compare(n);
            case PredicateOp::And:
                return fmt::format("({} AND {})", node(n.children[0]), node(n.children[1]));
            case PredicateOp::Or:
                return fmt::format("({} OR {})", node(n.children[0]), node(n.children[1]));
            case PredicateOp::Not:
                return fmt::format("(NOT {})", node(n.children[0]));
            case PredicateOp::IsNull:
                return fmt::format("({} IS NULL)", node(n.children[0]));
            case PredicateOp::IsNotNull:
                return fmt::format("({} IS NOT NULL)", node(n.children[0]));
            case PredicateOp::In:
                return in_list(n);
            case PredicateOp::Like:
                return sqlite_ ? fmt::format(
                                     "({} GLOB {})", node(n.children[0]), quoted(glob_of(n.text)))
                               : fmt::format("({} LIKE {})", node(n.children[0]), quoted(n.text));
            case PredicateOp::Add:
            case PredicateOp::Subtract:
                return sum(n);
            case PredicateOp::Multiply:
                return fmt::format("({} * {})", wide(n.children[0]), node(n.children[1]));
            case PredicateOp::Negate:
                return fmt::format("(- {})", wide(n.children[0]));
            case PredicateOp::Case:
                return case_when(n);
            case PredicateOp::Function:
                return function(n);
        }
        return {};
    }

  private:
    // An operand of arithmetic that cannot overflow in PostgreSQL, where it would
    // fail the batch.
    std::string wide(const Node& n) const {
        return sqlite_ || !n.is_number() ? node(n) : fmt::format("({})::numeric", node(n));
    }

    // A number at another scale: in SQLite decimals are integers scaled by their
    // own scale.
    std::string at_scale(const Node& n, int scale) const {
        if (!sqlite_ || !n.is_number() || n.scale == scale) {
            return node(n);
        }
        if (n.op == PredicateOp::Literal) {
            return literal(n, scale);
        }
        return fmt::format(
            "({} * 1{})", node(n), std::string(static_cast<std::size_t>(scale - n.scale), '0'));
    }

    std::string literal(const Node& n, int scale) const {
        if (const auto* number = std::get_if<std::int64_t>(&n.literal)) {
            return decimal(base::Decimal(*number, 0), scale);
        }
        if (const auto* value = std::get_if<base::Decimal>(&n.literal)) {
            return decimal(*value, scale);
        }
        if (const auto* flag = std::get_if<bool>(&n.literal)) {
            return sqlite_ ? (*flag ? "1" : "0") : (*flag ? "TRUE" : "FALSE");
        }
        if (const auto* date = std::get_if<base::Date>(&n.literal)) {
            return sqlite_ ? std::to_string(date->time_since_epoch().count())
                           : fmt::format("date '{}'", base::to_string(*date));
        }
        if (const auto* time = std::get_if<base::Timestamp>(&n.literal)) {
            return sqlite_ ? std::to_string(time->time_since_epoch().count())
                           : fmt::format("timestamptz '{}'", base::to_string(*time));
        }
        return quoted(std::get<std::string>(n.literal));
    }

    std::string decimal(const base::Decimal& value, int scale) const {
        if (!sqlite_) {
            return value.unscaled() < 0 ? fmt::format("({})", value.to_string())
                                        : value.to_string();
        }
        // Beyond 38 digits no column could hold the value: SQLite then compares
        // with the nearest real.
        const auto scaled = value.rescaled(scale);
        const std::string text = scaled ? base::Decimal(scaled->unscaled(), 0).to_string()
                                        : value.to_string() + "e" + std::to_string(scale);
        return text.front() == '-' ? fmt::format("({})", text) : text;
    }

    std::string compare(const Node& n) const {
        const Node& left = n.children[0];
        const Node& right = n.children[1];
        const int scale = std::max(left.scale, right.scale);
        const bool orders_text =
            !sqlite_ && left.kind == Kind::Text && n.text != "=" && n.text != "<>";
        return fmt::format("({} {} {}{})",
                           at_scale(left, scale),
                           n.text,
                           at_scale(right, scale),
                           orders_text ? " COLLATE \"C\"" : "");
    }

    std::string in_list(const Node& n) const {
        int scale = 0;
        for (const Node& child : n.children) {
            scale = std::max(scale, child.scale);
        }
        std::string items;
        for (std::size_t i = 1; i < n.children.size(); ++i) {
            items += (i == 1 ? "" : ", ") + at_scale(n.children[i], scale);
        }
        return fmt::format("({} IN ({}))", at_scale(n.children[0], scale), items);
    }

    std::string sum(const Node& n) const {
        const char* sign = n.op == PredicateOp::Add ? "+" : "-";
        if (n.kind == Kind::Date) {
            return moved_date(n);
        }
        return sqlite_ ? fmt::format("({} {} {})",
                                     at_scale(n.children[0], n.scale),
                                     sign,
                                     at_scale(n.children[1], n.scale))
                       : fmt::format("({} {} {})", wide(n.children[0]), sign, node(n.children[1]));
    }

    // A date and days, NULL outside the years 1 to 9999: PostgreSQL would fail the batch. Days on
    // days are added up first, so that a long sum stays a short text.
    std::string moved_date(const Node& n) const {
        const Node* date = &n;
        std::string days;
        while (date->kind == Kind::Date &&
               (date->op == PredicateOp::Add || date->op == PredicateOp::Subtract)) {
            days = fmt::format("{} {}{}",
                               date->op == PredicateOp::Add ? "+" : "-",
                               wide(date->children[1]),
                               days.empty() ? "" : " " + days);
            date = &date->children[0];
        }
        const std::string from = node(*date);
        if (sqlite_) {
            const std::string sum = fmt::format("{} {}", from, days);
            return fmt::format("(CASE WHEN {0} BETWEEN {1} AND {2} THEN {0} END)",
                               sum,
                               kFirstDay.time_since_epoch().count(),
                               kLastDay.time_since_epoch().count());
        }
        // Held to the width of all dates where the cast may be computed before the condition.
        const auto width = (kLastDay - kFirstDay).count();
        return fmt::format(
            "(CASE WHEN ({0} - date '1970-01-01') {1} BETWEEN {2} AND {3} THEN "
            "{0} + least(greatest(0::numeric {1}, -{4}), {4})::int END)",
            from,
            days,
            kFirstDay.time_since_epoch().count(),
            kLastDay.time_since_epoch().count(),
            width);
    }

    std::string case_when(const Node& n) const {
        std::string out = "(CASE";
        for (std::size_t i = 0; i + 1 < n.children.size(); i += 2) {
            out += fmt::format(
                " WHEN {} THEN {}", node(n.children[i]), at_scale(n.children[i + 1], n.scale));
        }
        return out + fmt::format(" ELSE {} END)", at_scale(n.children.back(), n.scale));
    }

    std::string arguments(const Node& n, const char* between) const {
        std::string out;
        for (const Node& child : n.children) {
            out += (out.empty() ? "" : between) +
                   at_scale(child, child.is_number() ? std::max(n.scale, child.scale) : 0);
        }
        return out;
    }

    std::string function(const Node& n) const {
        if (n.text == "abs") {
            // SQLite's own fails on the smallest whole number, PostgreSQL's on the smallest bigint.
            return sqlite_ ? fmt::format("max({0}, -({0}))", node(n.children[0]))
                           : fmt::format("abs({})", wide(n.children[0]));
        }
        if (n.text == "coalesce" || n.text == "nullif" || n.text == "length") {
            return fmt::format("{}({})", n.text, arguments(n, ", "));
        }
        if (n.text == "mod") {
            // SQLite gives NULL for a division by zero, PostgreSQL would fail the
            // batch.
            return sqlite_ ? fmt::format("({})", arguments(n, " % "))
                           : fmt::format(
                                 "({} % NULLIF({}, 0))", wide(n.children[0]), node(n.children[1]));
        }
        if (n.text == "concat") {
            return fmt::format("({})", arguments(n, " || "));
        }
        if (n.text == "least" || n.text == "greatest") {
            return extreme(n);
        }
        if (n.text == "year" || n.text == "month" || n.text == "day") {
            return part_of_date(n);
        }
        if (n.text == "days_between") {
            return fmt::format("({} - {})", node(n.children[1]), node(n.children[0]));
        }
        return text_function(n);
    }

    // NULL when any argument is NULL on both: PostgreSQL's own least() would skip
    // it.
    std::string extreme(const Node& n) const {
        const char* name = sqlite_ ? (n.text == "least" ? "min" : "max") : n.text.c_str();
        std::string call = fmt::format("{}({})", name, arguments(n, ", "));
        if (sqlite_) {
            return call;
        }
        std::string any_null;
        for (const Node& child : n.children) {
            any_null += (any_null.empty() ? "" : " OR ") + node(child) + " IS NULL";
        }
        return fmt::format("(CASE WHEN {} THEN NULL ELSE {} END)", any_null, call);
    }

    std::string part_of_date(const Node& n) const {
        const std::string date = node(n.children[0]);
        if (!sqlite_) {
            return fmt::format("extract({} from {})::bigint", n.text, date);
        }
        const char* format = n.text == "year" ? "%Y" : n.text == "month" ? "%m" : "%d";
        return fmt::format(
            "CAST(strftime('{}', ({}) * 86400, 'unixepoch') AS INTEGER)", format, date);
    }

    std::string text_function(const Node& n) const {
        const std::string first = node(n.children[0]);
        if (n.text == "upper" || n.text == "lower") {
            return letters(n.text == "upper", first);
        }
        if (n.text == "trim") {
            return fmt::format("{}({})", sqlite_ ? "trim" : "btrim", first);
        }
        if (n.text == "substr") {
            return fmt::format(
                "substr({}, {}, {})", first, node(n.children[1]), node(n.children[2]));
        }
        const std::string second = node(n.children[1]);
        if (n.text == "contains") {
            return sqlite_ ? fmt::format("(instr({}, {}) > 0)", first, second)
                           : fmt::format("(position({} in {}) > 0)", second, first);
        }
        if (n.text == "starts_with") {
            return fmt::format("(substr({}, 1, length({})) = {})", first, second, second);
        }
        return sqlite_ ? fmt::format(
                             "(length({1}) >= length({0}) AND substr({1}, "
                             "length({1}) - length({0}) + 1) = {0})",
                             second,
                             first)
                       : fmt::format("(right({}, length({})) = {})", first, second, second);
    }

    // ASCII letters only, on both.
    std::string letters(bool upper, const std::string& text) const {
        constexpr const char* kLower = "abcdefghijklmnopqrstuvwxyz";
        constexpr const char* kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        if (sqlite_) {
            return fmt::format("{}({})", upper ? "upper" : "lower", text);
        }
        return fmt::format(
            "translate({}, '{}', '{}')", text, upper ? kLower : kUpper, upper ? kUpper : kLower);
    }

    bool sqlite_;
    std::string prefix_;
};

}  // namespace

std::string render_node(const Predicate::Node& node, SqlDialect dialect, std::string_view alias) {
    return Renderer(dialect, alias).node(node);
}

namespace {

bool is_null_test_of_column(const Predicate::Node& node) {
    const bool test = node.op == PredicateOp::IsNull || node.op == PredicateOp::IsNotNull;
    return test && node.children[0].op == PredicateOp::Column;
}

void add_compared(const Predicate::Node& node, std::vector<std::string>& columns) {
    if (is_null_test_of_column(node)) {
        return;
    }
    if (node.op == PredicateOp::Column &&
        std::find(columns.begin(), columns.end(), node.text) == columns.end()) {
        columns.push_back(node.text);
    }
    for (const Predicate::Node& child : node.children) {
        add_compared(child, columns);
    }
}

}  // namespace

Predicate::Predicate(std::shared_ptr<const Node> root, std::vector<std::string> columns)
    : root_(std::move(root)), columns_(std::move(columns)) {}
Predicate::Predicate(const Predicate&) = default;
Predicate::Predicate(Predicate&&) noexcept = default;
Predicate& Predicate::operator=(const Predicate&) = default;
Predicate& Predicate::operator=(Predicate&&) noexcept = default;
Predicate::~Predicate() = default;

std::string Predicate::render(SqlDialect dialect, std::string_view alias) const {
    return render_node(*root_, dialect, alias);
}

std::string Predicate::render_violation(SqlDialect dialect,
                                        std::string_view alias,
                                        bool null_fails) const {
    return null_fails ? fmt::format("({} IS NOT TRUE)", render(dialect, alias))
                      : fmt::format("(NOT {})", render(dialect, alias));
}

int Predicate::most_decimal_digits() const {
    return most_digits(*root_);
}

std::vector<std::string> Predicate::compared_columns() const {
    std::vector<std::string> columns;
    add_compared(*root_, columns);
    return columns;
}

bool Predicate::is_null_test() const {
    return is_null_test_of_column(*root_);
}

const std::vector<std::string>& Predicate::columns() const {
    return columns_;
}

}  // namespace hrbridge::engine
