#include "migration/rehearsal/content_root.h"

#include <algorithm>
#include <span>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/base/row_hash.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/fact_term.h"
#include "daemon/store/scan_cells.h"
#include "migration/ledger/sha256.h"
#include "migration/rehearsal/key_order.h"

namespace hrbridge::rehearsal {
namespace {

using store::sql::ScanCell;

constexpr int kRowsAtFirst = 1000;

const store::EntityTable& find(const std::vector<store::EntityTable>& entities,
                               const std::string& name) {
    for (const store::EntityTable& entity : entities) {
        if (entity.name == name) {
            return entity;
        }
    }
    throw std::invalid_argument("no entity " + name);
}

// The SELECT of those of an entity's rows that a source can have (not what is kept of the erased
// and of people on hold): their keys, references written out by their parents' keys, and row
// hashes.
class KeyQuery {
  public:
    KeyQuery(store::sql::Connection& connection,
             const std::vector<store::EntityTable>& entities,
             const std::string& name)
        : entities_(entities) {
        const store::EntityTable& entity = find(entities, name);
        add_key(entity, "e", false);
        types_.push_back({base::Kind::Bytes});
        as_stored_ =
            fmt::format("SELECT {}, e.row_hash FROM {} e{} WHERE e.gone_at IS NULL AND {} AND {}",
                        fmt::join(columns_, ", "),
                        name,
                        joins_,
                        store::of_nobody_erased(connection, entity, "e"),
                        store::of_kept_days(connection, name, "e"));
    }

    // In no order, the one in which the rows lie as a rule.
    const std::string& as_stored() const { return as_stored_; }
    std::string by_key() const {
        return fmt::format("{} ORDER BY {}", as_stored_, fmt::join(order_, ", "));
    }
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
    std::string as_stored_;
};

// Reads an entity once, by a SELECT of KeyQuery's columns.
class Reading {
  public:
    Reading(const KeyQuery& query, const std::string& entity)
        : types_(query.types()), content_{entity, 0, {}} {
        row_.add_text("hrbridge content 1 entity");
        row_.add_text(entity);
        take_row();
    }

    void read(store::sql::Connection& connection, const std::string& select) {
        connection.scan(select, types_, [&](std::span<const ScanCell> cells) { take(cells); });
    }

    // False when the rows did not come by key: then there is no content.
    bool read_in_order(store::sql::Connection& connection, const std::string& select) {
        KeyOrder order;
        bool in_order = true;
        connection.scan(select, types_, [&](std::span<const ScanCell> cells) {
            // To the end all the same: what ends a scan ends the caller's transaction.
            in_order = in_order && order.goes_on(types_, cells.first(cells.size() - 1));
            if (in_order) {
                take(cells);
            }
        });
        return in_order;
    }

    EntityContent finish() {
        content_.root = root_.finish();
        return content_;
    }

  private:
    void take(std::span<const ScanCell> cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            store::add_cell(row_, types_[i], cells[i]);
        }
        take_row();
        ++content_.rows;
    }

    void take_row() {
        root_.add(row_.canonical());
        row_.finish();
    }

    const std::vector<base::FieldType>& types_;
    EntityContent content_;
    base::RowHasher row_;
    ledger::Sha256 root_;
};

}  // namespace

// Sorting a million rows takes longer than reading them. A look at the first ones spares most that
// do not lie by key the reading in vain.
EntityContent entity_content(store::sql::Connection& connection,
                             const std::vector<store::EntityTable>& entities,
                             const std::string& entity,
                             RowsLie lie) {
    const KeyQuery query(connection, entities, entity);
    if (lie == RowsLie::ByKeyAsARule) {
        Reading first(query, entity);
        Reading as_stored(query, entity);
        if (first.read_in_order(connection,
                                fmt::format("{} LIMIT {}", query.as_stored(), kRowsAtFirst)) &&
            as_stored.read_in_order(connection, query.as_stored())) {
            return as_stored.finish();
        }
    }
    Reading by_key(query, entity);
    by_key.read(connection, query.by_key());
    return by_key.finish();
}

std::vector<EntityContent> module_content(store::sql::Connection& connection,
                                          const std::vector<store::EntityTable>& entities,
                                          std::vector<std::string> of,
                                          RowsLie lie) {
    std::sort(of.begin(), of.end());
    std::vector<EntityContent> content;
    content.reserve(of.size());
    for (const std::string& entity : of) {
        content.push_back(entity_content(connection, entities, entity, lie));
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
                           std::vector<std::string> of,
                           RowsLie lie) {
    return module_root(module_content(connection, entities, std::move(of), lie));
}

}  // namespace hrbridge::rehearsal
