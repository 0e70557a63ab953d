#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/value.h"

namespace hrbridge::engine {

enum class SqlDialect { Sqlite, Postgres };

// A column that a predicate may name.
struct PredicateColumn {
    std::string name;
    base::FieldType type;
    bool sealed = false;  // only IS NULL / IS NOT NULL may look at it
};

// A logic rule's SQL predicate: the listed subset of SQL (mappings/README.md, "Logic rules"),
// parsed and type-checked at load, rendered for each store. Hostile text cannot get through:
// only what the parser understood is written out, and every name is a checked column.
class Predicate {
  public:
    // The fault's `where` is "<place>, column N".
    static base::Result<Predicate> parse(std::string_view text,
                                         const std::vector<PredicateColumn>& columns,
                                         const std::string& place);
    Predicate(const Predicate&);
    Predicate(Predicate&&) noexcept;
    Predicate& operator=(const Predicate&);
    Predicate& operator=(Predicate&&) noexcept;
    ~Predicate();

    // A boolean SQL expression; columns are prefixed with `alias.` when it is not empty.
    // Dates are integers (days) and timestamps integers (microseconds) in SQLite, decimals are
    // scaled integers there; both stores give the same verdict for the same typed row.
    std::string render(SqlDialect dialect, std::string_view alias) const;
    // True for rows that break the rule: the predicate is false or, when `null_fails`, not true.
    std::string render_violation(SqlDialect dialect, std::string_view alias, bool null_fails) const;
    const std::vector<std::string>& columns() const;
    // The most digits that a decimal in it may need as the scaled integer that SQLite works with.
    // Beyond kMostSqliteDigits SQLite's verdict would not be exact.
    int most_decimal_digits() const;
    static constexpr int kMostSqliteDigits = 18;
    // Those of which it asks more than whether they are NULL, each once.
    std::vector<std::string> compared_columns() const;
    // Whether it is just "column IS NULL" or "column IS NOT NULL".
    bool is_null_test() const;

    struct Node;  // predicate_node.h

  private:
    explicit Predicate(std::shared_ptr<const Node> root, std::vector<std::string> columns);
    std::shared_ptr<const Node> root_;
    std::vector<std::string> columns_;
};

}  // namespace hrbridge::engine
