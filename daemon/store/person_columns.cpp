#include "daemon/store/person_columns.h"

namespace hrbridge::store {
namespace {

bool is_responsible(const EntityTable& table, const EntityColumn& column) {
    return table.name == "defect" && column.name == "responsible_spell_id";
}

}  // namespace

std::vector<PersonColumn> person_columns(const EntityTable& table) {
    std::vector<PersonColumn> found;
    for (const EntityColumn& column : table.columns) {
        if (column.references == kPerson || column.references == kSpell) {
            found.push_back(
                {column.name, column.references, column.not_null || is_responsible(table, column)});
        }
    }
    return found;
}

std::string own_number(const EntityTable& table) {
    return table.name == kPerson || table.name == kSpell ? table.key.front() : std::string();
}

}  // namespace hrbridge::store
