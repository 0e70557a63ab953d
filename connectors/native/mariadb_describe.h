#pragma once

#include <vector>

#include "connectors/odbc/cursor.h"

struct st_mysql_field;

namespace hrbridge::native {

struct DescribedField {
    odbc::ResultColumn column;
    odbc::BaseColumn base;
};

// Result columns as MariaDB's ODBC driver describes them, so that mappings and positions hold for
// both ways.
std::vector<DescribedField> describe_fields(const st_mysql_field* fields, std::size_t count);

}  // namespace hrbridge::native
