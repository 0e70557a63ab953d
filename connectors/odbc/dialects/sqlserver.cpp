#include "connectors/odbc/dialects/dialects.h"

namespace hrbridge::odbc {

Dialect sqlserver_dialect() {
    Dialect dialect;
    dialect.name = "sqlserver";
    dialect.quote_begin = '[';
    dialect.quote_end = ']';
    // FreeTDS turns what its client charset cannot hold into "?"; UTF-8 holds everything.
    dialect.attributes = {{"ClientCharset", "UTF-8"}, {"TDS_Version", "7.4"}};
    dialect.now_query = "SELECT CONVERT(varchar(26), CAST(SYSUTCDATETIME() AS datetime2(6)), 121)";
    dialect.limit = "OFFSET 0 ROWS FETCH NEXT {} ROWS ONLY";
    // A datetime column takes no text with six fractional digits.
    dialect.window_parameter = "CAST(? AS datetime2(6))";
    dialect.key_parameter = plain_parameter;
    dialect.key_literal = no_literal;
    dialect.session = no_session;
    return dialect;
}

}  // namespace hrbridge::odbc
