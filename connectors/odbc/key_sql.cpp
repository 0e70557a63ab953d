#include "connectors/odbc/key_sql.h"

#include "daemon/base/text.h"

namespace hrbridge::odbc {

std::string asked_type(Session& session, Statement& statement, std::size_t column) {
    const BaseColumn base = statement.base_of(static_cast<int>(column) + 1);
    if (base.table.empty() || base.column.empty()) {
        return "";
    }
    const std::string schema = session.dialect.schemas_are_catalogs ? base.catalog : base.schema;
    Statement query(*session.connection);
    query.prepare({session.dialect.column_type_query, {{schema}, {base.table}, {base.column}}});
    query.execute();
    const auto rows = query.all_rows();
    return rows.empty() || rows.front().empty()
               ? ""
               : base::to_lower_ascii(rows.front().front().value_or(""));
}

std::string column_sql(const Dataset& dataset, const Dialect& dialect, const std::string& column) {
    const auto found = dataset.expressions.find(base::to_lower_ascii(column));
    return found == dataset.expressions.end() ? column_name(dialect, column) : found->second;
}

bool settle_key(Session& session,
                Statement& statement,
                const std::vector<std::size_t>& key,
                Layout& layout,
                std::vector<std::string>& key_sql) {
    const Dialect& dialect = session.dialect;
    bool changed = false;
    for (std::size_t at = 0; at < key.size() && !dialect.column_type_query.empty(); ++at) {
        ResultColumn& described = layout.columns[key[at]].described;
        if (described_column(described).type != dialect.untold_type) {
            continue;
        }
        const std::string type = asked_type(session, statement, key[at]);
        if (dialect.casts_key(type)) {
            described.type = "cast " + (type.empty() ? dialect.untold_type : type);
            std::string cast = dialect.key_cast;
            key_sql[at] = cast.replace(cast.find("{}"), 2, key_sql[at]);
            changed = true;
        }
    }
    return changed;
}

}  // namespace hrbridge::odbc
