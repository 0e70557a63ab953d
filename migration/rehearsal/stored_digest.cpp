#include "migration/rehearsal/stored_digest.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/row_hash.h"
#include "daemon/store/content_sum.h"
#include "daemon/store/scan_cells.h"
#include "migration/rehearsal/sha256.h"

namespace hrbridge::rehearsal {
namespace {

class Tables {
  public:
    Tables(store::sql::Connection& connection, const std::string& prefix, const char* what)
        : connection_(connection), prefix_(prefix) {
        row_.add_text(what);
        take_row();
    }

    // All columns, or those named; `rest`: WHERE and ORDER BY.
    void add(const std::string& table,
             const std::string& rest,
             const std::vector<std::string>& only = {}) {
        std::vector<std::string> names;
        std::vector<base::FieldType> types;
        // By name: a store that an earlier program made has them in another order.
        auto columns = store::table_columns(connection_, table);
        std::sort(columns.begin(), columns.end(), [](const auto& a, const auto& b) {
            return a.name < b.name;
        });
        for (const store::EntityColumn& column : columns) {
            if (only.empty() || std::find(only.begin(), only.end(), column.name) != only.end()) {
                names.push_back(column.name);
                types.push_back(column.sealed ? base::FieldType{base::Kind::Bytes} : column.type);
            }
        }
        row_.add_text(table);
        row_.add_text(fmt::format("{}", fmt::join(names, ",")));
        take_row();
        connection_.scan(
            fmt::format("SELECT {} FROM {}{} {}", fmt::join(names, ", "), prefix_, table, rest),
            types,
            [&](std::span<const store::sql::ScanCell> cells) {
                for (std::size_t i = 0; i < cells.size(); ++i) {
                    store::add_cell(row_, types[i], cells[i]);
                }
                take_row();
            });
    }

    ledger::Digest finish() { return sha_.finish(); }

  private:
    void take_row() {
        sha_.add(row_.canonical());
        row_.finish();
    }

    store::sql::Connection& connection_;
    std::string prefix_;
    base::RowHasher row_;
    Sha256 sha_;
};

// In the text, since the bulk path takes no parameters; names that a mapping may have (its loader
// holds them) are letters, digits, "_" and one "/".
std::string of_mappings(std::vector<std::string> mappings) {
    std::sort(mappings.begin(), mappings.end());
    return fmt::format("('{}')", fmt::join(mappings, "', '"));
}

std::vector<store::EntityTable> loaded(store::sql::Connection& connection, const StoredPart& part) {
    auto tables = store::entity_tables(connection);
    std::erase_if(tables, [&](const store::EntityTable& each) {
        return std::find(part.entities.begin(), part.entities.end(), each.name) ==
               part.entities.end();
    });
    return tables;
}

}  // namespace

StoredPart stored_part(const project::Module& module,
                       const std::vector<engine::Mapping>& mappings) {
    return {project::entities_of(module, mappings), module.mappings};
}

ledger::Digest stored_digest(store::sql::Connection& connection,
                             const std::string& prefix,
                             const StoredPart& part) {
    Tables tables(connection, prefix, "hrbridge stored 1");
    for (const store::EntityTable& each : loaded(connection, part)) {
        tables.add(each.name, "ORDER BY id");
        if (each.has_history) {
            tables.add(store::history_of(each.name), "ORDER BY id, known_to, known_from, batch_id");
        }
    }
    const std::string mappings = of_mappings(part.mappings);
    tables.add("checkpoint", fmt::format("WHERE mapping IN {} ORDER BY mapping", mappings));
    tables.add("run",
               fmt::format("WHERE mapping IN {} ORDER BY id", mappings),
               {"id", "mapping", "started_at", "rows_read"});
    tables.add("batch",
               fmt::format("WHERE run_id IN (SELECT id FROM {}run WHERE mapping IN {}) ORDER BY id",
                           prefix,
                           mappings),
               {"id", "run_id"});
    return tables.finish();
}

ledger::Digest refused_digest(store::sql::Connection& connection,
                              const std::string& prefix,
                              const StoredPart& part) {
    Tables tables(connection, prefix, "hrbridge refused 1");
    tables.add("reject",
               fmt::format("WHERE mapping IN {} ORDER BY id", of_mappings(part.mappings)));
    return tables.finish();
}

std::vector<std::string> stored_tables(store::sql::Connection& connection, const StoredPart& part) {
    std::vector<std::string> names{"checkpoint", "run", "batch", "reject"};
    for (const store::EntityTable& each : loaded(connection, part)) {
        names.push_back(each.name);
        if (each.has_history) {
            names.push_back(store::history_of(each.name));
        }
    }
    return names;
}

ledger::Digest promoted_digest(const ledger::Digest& stored, const ledger::Digest& refused) {
    base::RowHasher row;
    row.add_text("hrbridge promoted 1");
    row.add_bytes(stored.view());
    row.add_bytes(refused.view());
    return ledger::Digest::sha256_of(row.canonical());
}

ledger::Digest promoted_digest(store::sql::Connection& connection,
                               const std::string& prefix,
                               const StoredPart& part) {
    return promoted_digest(stored_digest(connection, prefix, part),
                           refused_digest(connection, prefix, part));
}

}  // namespace hrbridge::rehearsal
