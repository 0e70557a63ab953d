#include "migration/rehearsal/stored_digest.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/row_hash.h"
#include "daemon/store/content_sum.h"
#include "daemon/store/scan_cells.h"
#include "migration/ledger/sha256.h"

namespace hrbridge::rehearsal {
namespace {

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

std::vector<ledger::Digest> digests_of(store::sql::Connection& connection,
                                       const std::string& prefix,
                                       const std::vector<StoredTable>& tables) {
    std::vector<ledger::Digest> digests;
    digests.reserve(tables.size());
    for (const StoredTable& table : tables) {
        digests.push_back(table_digest(connection, prefix, table));
    }
    return digests;
}

// A kept row is of the same bytes in whichever column it stands; in both, it is none.
StoredTable rejects(store::sql::Connection& connection, const StoredPart& part) {
    StoredTable table{"reject",
                      fmt::format("WHERE mapping IN {} ORDER BY id", of_mappings(part.mappings)),
                      {"id",        "mapping",    "mapping_hash", "run_id",     "kind",
                       "rule",      "field",      "reason",       "source_key", "key_digest",
                       "waits_for", "packed_row", "state",        "seen",       "first_seen",
                       "last_seen", "part",       "closed_by",    "closed_at",  "closed_reason"}};
    const auto columns = store::table_columns(connection, table.name);
    const bool has_long = std::any_of(columns.begin(), columns.end(), [](const auto& column) {
        return column.name == "long_row";
    });
    if (has_long) {
        table.read_as = {{"packed_row",
                          "CASE WHEN long_row IS NULL THEN packed_row WHEN length(packed_row) = 0 "
                          "THEN long_row END"}};
    }
    return table;
}

ledger::Digest over(const char* what,
                    const std::vector<StoredTable>& tables,
                    const std::vector<ledger::Digest>& digests) {
    base::RowHasher row;
    row.add_text(what);
    for (std::size_t i = 0; i < tables.size(); ++i) {
        row.add_text(tables[i].name);
        row.add_bytes(digests[i].view());
    }
    return ledger::Digest::sha256_of(row.canonical());
}

}  // namespace

StoredPart stored_part(const project::Module& module,
                       const std::vector<engine::Mapping>& mappings) {
    return {project::entities_of(module, mappings), module.mappings};
}

std::vector<StoredTable> stored_content(store::sql::Connection& connection,
                                        const std::string& prefix,
                                        const StoredPart& part) {
    std::vector<StoredTable> tables;
    for (const store::EntityTable& each : loaded(connection, part)) {
        tables.push_back({each.name, "ORDER BY id"});
        if (each.has_history) {
            tables.push_back(
                {store::history_of(each.name), "ORDER BY id, known_to, known_from, batch_id"});
        }
    }
    const std::string mappings = of_mappings(part.mappings);
    tables.push_back({"checkpoint", fmt::format("WHERE mapping IN {} ORDER BY mapping", mappings)});
    tables.push_back({"run",
                      fmt::format("WHERE mapping IN {} ORDER BY id", mappings),
                      {"id", "mapping", "started_at", "rows_read"}});
    tables.push_back(
        {"batch",
         fmt::format("WHERE run_id IN (SELECT id FROM {}run WHERE mapping IN {}) ORDER BY id",
                     prefix,
                     mappings),
         {"id", "run_id"}});
    return tables;
}

ledger::Digest table_digest(store::sql::Connection& connection,
                            const std::string& prefix,
                            const StoredTable& table) {
    std::vector<std::string> names;
    std::vector<base::FieldType> types;
    // By name: a store that an earlier program made has them in another order.
    auto columns = store::table_columns(connection, table.name);
    std::sort(columns.begin(), columns.end(), [](const auto& a, const auto& b) {
        return a.name < b.name;
    });
    const auto& only = table.only;
    for (const store::EntityColumn& column : columns) {
        if (only.empty() || std::find(only.begin(), only.end(), column.name) != only.end()) {
            names.push_back(column.name);
            types.push_back(column.sealed ? base::FieldType{base::Kind::Bytes} : column.type);
        }
    }
    std::vector<std::string> selected;
    for (const std::string& name : names) {
        const auto read_as = table.read_as.find(name);
        selected.push_back(read_as == table.read_as.end() ? name : read_as->second);
    }
    ledger::Sha256 sha;
    base::RowHasher row;
    const auto take_row = [&] {
        sha.add(row.canonical());
        row.finish();
    };
    row.add_text(table.name);
    row.add_text(fmt::format("{}", fmt::join(names, ",")));
    take_row();
    connection.scan(
        fmt::format(
            "SELECT {} FROM {}{} {}", fmt::join(selected, ", "), prefix, table.name, table.rest),
        types,
        [&](std::span<const store::sql::ScanCell> cells) {
            for (std::size_t i = 0; i < cells.size(); ++i) {
                store::add_cell(row, types[i], cells[i]);
            }
            take_row();
        });
    return sha.finish();
}

ledger::Digest stored_digest(const std::vector<StoredTable>& tables,
                             const std::vector<ledger::Digest>& digests) {
    return over("hrbridge stored 2", tables, digests);
}

ledger::Digest stored_digest(store::sql::Connection& connection,
                             const std::string& prefix,
                             const StoredPart& part) {
    const auto tables = stored_content(connection, prefix, part);
    return stored_digest(tables, digests_of(connection, prefix, tables));
}

ledger::Digest refused_digest(store::sql::Connection& connection,
                              const std::string& prefix,
                              const StoredPart& part) {
    const std::vector<StoredTable> tables{rejects(connection, part)};
    return over("hrbridge refused 2", tables, digests_of(connection, prefix, tables));
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
