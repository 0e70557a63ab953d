#include "migration/promotion/row_keys.h"

#include <algorithm>

#include "daemon/store/batch_writer.h"
#include "daemon/store/sweep_repository.h"

namespace hrbridge::promotion {

std::vector<std::string> row_keys(store::sql::Connection& live,
                                  const std::vector<store::EntityTable>& tables,
                                  const store::EntityTable& table,
                                  const std::vector<std::int64_t>& ids) {
    store::BatchPlan names;
    names.table = table;
    for (const store::EntityColumn& column : table.columns) {
        const auto parent = std::find_if(tables.begin(), tables.end(), [&](const auto& each) {
            return each.name == column.references;
        });
        if (parent != tables.end()) {
            store::ReferenceField field;
            field.column = column.name;
            field.entity = parent->name;
            field.key_column = parent->key.front();
            names.references.push_back(std::move(field));
        }
    }
    return store::shown_keys(live, names, ids);
}

}  // namespace hrbridge::promotion
