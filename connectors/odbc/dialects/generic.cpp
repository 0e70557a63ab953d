#include "connectors/odbc/dialects/dialects.h"

namespace hrbridge::odbc {

std::string plain_parameter(std::string_view /*type*/) {
    return "?";
}

std::optional<std::string> no_literal(const KeyValue& /*value*/) {
    return std::nullopt;
}

std::vector<std::vector<std::string>> no_session(const SessionSettings& /*settings*/) {
    return {};
}

Dialect generic_dialect() {
    Dialect dialect;
    dialect.name = "generic";
    dialect.key_parameter = plain_parameter;
    dialect.key_literal = no_literal;
    dialect.session = no_session;
    return dialect;
}

}  // namespace hrbridge::odbc
