#include "connectors/odbc/dialects/dialects.h"

namespace hrbridge::odbc {

Dialect sqlite_dialect() {
    Dialect dialect;
    dialect.name = "sqlite";
    dialect.row_values = true;
    // A column's declared type is a hint: an INTEGER column may hold a long text.
    dialect.exact_sizes = false;
    // Without StepAPI the driver holds the whole result; without NoCreat a mistyped path is a new,
    // empty database.
    dialect.attributes = {{"StepAPI", "1"},
                          {"NoWCHAR", "1"},
                          {"NoCreat", "1"},
                          {"BigInt", "1"},
                          {"Timeout", "10000"}};
    dialect.now_query = "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')";
    dialect.limit = "LIMIT {}";
    dialect.key_parameter = plain_parameter;
    dialect.session = no_session;
    // One streamed SELECT is one snapshot by itself.
    return dialect;
}

}  // namespace hrbridge::odbc
