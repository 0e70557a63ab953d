#include "migration/rehearsal/content_root.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/base/row_hash.h"
#include "daemon/store/scan_cells.h"
#include "migration/rehearsal/sha256.h"

namespace hrbridge::rehearsal {
namespace {

const store::EntityTable& find(const std::vector<store::EntityTable>& entities,
                               const std::string& name) {
    for (const store::EntityTable& entity : entities) {
        if (entity.name == name) {
            return entity;
        }
    }
    throw std::invalid_argument("no entity " + name);
}

// The SELECT of an entity's keys, references written out by their parents' keys, and row hashes.
class KeyQuery {
  public:
    KeyQuery(const std::vector<store::EntityTable>& entities, const std::string& name)
        : entities_(entities) {
        const store::EntityTable& entity = find(entities, name);
        add_key(entity, "e", false);
        types_.push_back({base::Kind::Bytes});
        sql_ = fmt::format("SELECT {}, e.row_hash FROM {} e{} WHERE e.gone_at IS NULL ORDER BY {}",
                           fmt::join(columns_, ", "),
                           name,
                           joins_,
                           fmt::join(order_, ", "));
    }

    const std::string& sql() const { return sql_; }
    const std::vector<base::FieldType>& types() const { return types_; }

  private:
    void add_key(const store::EntityTable& entity, const std::string& alias, bool may_be_null) {
        for (const std::string& part : entity.key) {
            const auto column = std::find_if(
                entity.columns.begin(), entity.columns.end(), [&](const store::EntityColumn& each) {
                    return each.name == part;
                });
            if (column == entity.columns.end()) {
                throw std::invalid_argument("the key of " + entity.name + " has no column " + part);
            }
            const bool null = may_be_null || !column->not_null;
            if (column->references.empty()) {
                add_column(alias + "." + part, column->type, null);
                continue;
            }
            const std::string parent = fmt::format("p{}", ++parents_);
            joins_ += fmt::format(
                " LEFT JOIN {0} {1} ON {1}.id = {2}.{3}", column->references, parent, alias, part);
            add_key(find(entities_, column->references), parent, null);
        }
    }

    void add_column(const std::string& column, const base::FieldType& type, bool may_be_null) {
        columns_.push_back(column);
        types_.push_back(type);
        if (may_be_null) {
            // The stores differ in where they sort NULL.
            order_.push_back(fmt::format("CASE WHEN {} IS NULL THEN 0 ELSE 1 END", column));
        }
        order_.push_back(column);
    }

    const std::vector<store::EntityTable>& entities_;
    int parents_ = 0;
    std::vector<std::string> columns_;
    std::vector<std::string> order_;
    std::vector<base::FieldType> types_;
    std::string joins_;
    std::string sql_;
};

}  // namespace

EntityContent entity_content(store::sql::Connection& connection,
                             const std::vector<store::EntityTable>& entities,
                             const std::string& entity) {
    const KeyQuery query(entities, entity);
    std::int64_t count = 0;
    Sha256 root;
    base::RowHasher row;
    row.add_text("hrbridge content 1 entity");
    row.add_text(entity);
    root.add(row.canonical());
    row.finish();
    connection.scan(query.sql(), query.types(), [&](std::span<const store::sql::ScanCell> cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            store::add_cell(row, query.types()[i], cells[i]);
        }
        root.add(row.canonical());
        row.finish();
        ++count;
    });
    return {entity, count, root.finish()};
}

std::vector<EntityContent> module_content(store::sql::Connection& connection,
                                          const std::vector<store::EntityTable>& entities,
                                          std::vector<std::string> of) {
    std::sort(of.begin(), of.end());
    std::vector<EntityContent> content;
    content.reserve(of.size());
    for (const std::string& entity : of) {
        content.push_back(entity_content(connection, entities, entity));
    }
    return content;
}

ledger::Digest module_root(const std::vector<EntityContent>& content) {
    base::RowHasher all;
    all.add_text("hrbridge content 1 module");
    for (const EntityContent& each : content) {
        all.add_text(each.entity);
        all.add_bytes(each.root.view());
    }
    return ledger::Digest::sha256_of(all.canonical());
}

ledger::Digest module_root(store::sql::Connection& connection,
                           const std::vector<store::EntityTable>& entities,
                           std::vector<std::string> of) {
    return module_root(module_content(connection, entities, std::move(of)));
}

}  // namespace hrbridge::rehearsal
