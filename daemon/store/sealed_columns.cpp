#include "daemon/store/sealed_columns.h"

#include <algorithm>
#include <iterator>

#include "daemon/base/text.h"
#include "daemon/store/content_sum.h"
#include "daemon/store/reject_row.h"
#include "daemon/store/seal_place.h"

namespace hrbridge::store {
namespace {

constexpr int kBeside = 2;  // the first column behind id and value

// By the key that stands in the row; rows of an entity whose key is a reference have no sealed
// column.
std::optional<std::string> key_of(const EntityTable& entity) {
    const auto part =
        std::find_if(entity.columns.begin(), entity.columns.end(), [&](const EntityColumn& each) {
            return each.name == entity.key.front();
        });
    return entity.key.size() == 1 && part->type.kind == base::Kind::Text && part->references.empty()
               ? std::optional(part->name)
               : std::nullopt;
}

void add_entity(const EntityTable& entity, std::vector<SealedColumn>& out) {
    const auto key = key_of(entity);
    for (const EntityColumn& column : entity.columns) {
        if (!column.sealed || !key) {
            continue;
        }
        const auto place = [name = entity.name, column = column.name](const sql::Rows& row) {
            return std::optional(seal_place(name, column, row.text(kBeside)));
        };
        out.push_back({entity.name, column.name, *key, place, entity, false});
        if (entity.has_history) {
            out.push_back({history_of(entity.name), column.name, *key, place, entity, true});
        }
    }
}

}  // namespace

std::vector<SealedColumn> sealed_columns(sql::Connection& connection) {
    const auto of_reject = [](const sql::Rows& row) {
        return std::optional(packed_row_place(row.text(kBeside), row.bytes(kBeside + 1)));
    };
    std::vector<SealedColumn> of_control{
        {"reject", "packed_row", "mapping, key_digest", of_reject},
        {"reject", "long_row", "mapping, key_digest", of_reject},
        {"callback_inbox",
         "body",
         "dedupe_key",
         [](const sql::Rows& row) {
             return std::optional(seal_place("callback_inbox", "body", row.text(kBeside)));
         }},
        {"terminal_record", "line", "serial, line_digest", [](const sql::Rows& row) {
             return row.is_null(kBeside + 1)
                        ? std::nullopt
                        : std::optional(seal_place(
                              "terminal_record",
                              "line",
                              row.text(kBeside) + "/" + base::to_hex(row.bytes(kBeside + 1))));
         }}};
    std::vector<SealedColumn> all;
    std::copy_if(
        of_control.begin(), of_control.end(), std::back_inserter(all), [&](const auto& each) {
            const auto columns = table_columns(connection, each.table);
            return std::any_of(columns.begin(), columns.end(), [&](const EntityColumn& column) {
                return column.name == each.column;
            });
        });
    for (const EntityTable& entity : entity_tables(connection)) {
        add_entity(entity, all);
    }
    return all;
}

std::vector<std::pair<std::string, std::string>> evidence_columns() {
    return {{"spot_row", "content"},
            {"person_before", "id_number"},
            {"person_before", "mobile"},
            {"employment_spell_before", "base_salary"}};
}

}  // namespace hrbridge::store
