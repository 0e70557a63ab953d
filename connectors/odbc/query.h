#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/connector.h"
#include "connectors/odbc/connection.h"
#include "connectors/odbc/dialect.h"
#include "connectors/odbc/position.h"
#include "daemon/base/result.h"
#include "daemon/base/yaml.h"

namespace hrbridge::odbc {

// A mapping's query, cut at its placeholders {window} and {page}. What stands in quotes or comments
// is left alone.
class QueryTemplate {
  public:
    // Adds a fault at `place` for everything that would not work: a placeholder twice, a "?" (the
    // connector numbers the parameters), a second statement, ORDER BY, LIMIT or UNION outside
    // parentheses (the connector orders and limits), quotes or parentheses that do not close.
    static QueryTemplate parse(std::string_view text,
                               const std::string& place,
                               base::Faults& faults);

    bool has_window() const { return window_ >= 0; }
    bool has_page() const { return page_ >= 0; }
    // One SELECT each row of which is one row of its tables, or of a join, and the same whatever
    // others {page} leaves out: without subselects, GROUP BY and window functions.
    bool is_plain() const { return plain_; }
    // The query with its placeholders filled and `tail` behind it.
    Sql render(const Sql& window, const Sql& page, std::string_view tail) const;
    // From now on the query is rendered as a subquery behind this ("SELECT …") and FROM.
    void select_from_it(std::string select) { select_ = std::move(select); }

  private:
    std::vector<std::string> parts_;  // text between the placeholders
    int window_ = -1;                 // index of the gap that it fills
    int page_ = -1;
    bool plain_ = true;
    std::string select_;  // of the query around this one; empty: there is none
};

// A mapping's `source:` map as this connector understands it.
struct Dataset {
    std::string place;  // "file:line" of the query
    QueryTemplate query;
    std::vector<std::string> key;
    // SQL behind a column where its bare name will not do in WHERE ("id" → "p.id").
    std::map<std::string, std::string> expressions;
};
Dataset read_dataset(const base::YamlNode& node, base::Faults& faults);

// `col >= ? AND col < ?`; without lower bound `(col < ? OR col IS NULL)`; without window `1=1`.
Sql window_condition(const Dialect& dialect,
                     const std::string& column,
                     const connectors::Window& window,
                     const base::Zone& zone);

// All rows at or behind the key, in the order of ORDER BY `columns`; `1=1` for an empty key.
Sql page_condition(const Dialect& dialect,
                   const std::vector<std::string>& columns,
                   const std::vector<KeyValue>& key);

// The rows that page_condition() of the same key leaves out, but for those that NULL sorts before
// everything. `key` is not empty.
Sql before_condition(const Dialect& dialect,
                     const std::vector<std::string>& columns,
                     const std::vector<KeyValue>& key);

// "ORDER BY a, b"; empty for no columns.
std::string order_clause(const std::vector<std::string>& columns);
// "ORDER BY a DESC, b DESC"; not for no columns.
std::string reverse_order_clause(const std::vector<std::string>& columns);

}  // namespace hrbridge::odbc
