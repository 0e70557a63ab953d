#include "tests/e2e/support/store_content.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/store/reject_row.h"
#include "tests/e2e/support/row_reader.h"

namespace hrbridge::e2e {
namespace {

// The first column is the key.
struct Listing {
    const char* table;
    const char* sql;
};
constexpr Listing kListings[] = {
    {"checkpoint",
     "SELECT mapping, mapping_hash, position, complete, memory, "
     "CASE WHEN window_from IS NULL THEN 0 ELSE 1 END, "
     "CASE WHEN window_to IS NULL THEN 0 ELSE 1 END FROM checkpoint"},
    {"run",
     "SELECT mapping, source, mapping_hash, kind, outcome, rows_read, rows_inserted, rows_updated, "
     "rows_unchanged, rows_rejected, rows_held, error FROM run"},
    {"kpi_definition",
     "SELECT code, version, name, direction, unit, definition FROM kpi_definition"},
    {"kpi_fact",
     "SELECT s.employee_no, f.kpi_code, f.kpi_version, f.period, f.peer_group, f.numerator, "
     "f.denominator, f.lineage FROM kpi_fact f JOIN employment_spell s ON s.id = f.spell_id"},
    {"finding",
     "SELECT s.employee_no, f.rule, f.rule_version, f.level, f.kpi_code, f.period, f.state, "
     "f.evidence, f.inputs_hash FROM finding f JOIN employment_spell s ON s.id = f.spell_id"},
    {"evaluation",
     "SELECT rule, kpi_code, period, people, too_few_data, warnings, watches, chance_warnings, "
     "chance_watches, policy FROM evaluation"},
    {"outbox", "SELECT event_key, kind, receiver, request, state FROM outbox"},
};

int columns_of(const std::string& sql) {
    return static_cast<int>(std::count(sql.begin(), sql.end(), ',')) + 1;
}

std::vector<StoredRow> read_listing(store::sql::Connection& connection, const std::string& sql) {
    const auto rows = connection.query(sql, {});
    std::vector<StoredRow> out;
    while (rows->next()) {
        StoredRow row;
        row.key = base::to_string(rows->value(0));
        for (int i = 1; i < columns_of(sql); ++i) {
            row.cells += (i == 1 ? "" : " ") + printed(rows->value(i));
        }
        out.push_back(std::move(row));
    }
    return out;
}

// The packed row is opened: what was kept is compared, not how it was sealed.
std::vector<StoredRow> read_rejects(store::sql::Connection& connection,
                                    const base::SealKeys& keys) {
    const auto rows = connection.query(
        "SELECT mapping, source_key, key_digest, coalesce(long_row, packed_row), mapping_hash, "
        "kind, rule, field, reason, waits_for, state, seen FROM reject",
        {});
    std::vector<StoredRow> out;
    while (rows->next()) {
        const auto packed =
            store::open_packed_row(rows->bytes(3), rows->text(0), rows->bytes(2), &keys);
        StoredRow row;
        row.key = rows->text(0) + " " + rows->text(1);
        row.cells = packed ? base::to_hex(packed.value()) : packed.fault().what;
        row.cells += " " + base::to_hex(rows->bytes(2));
        for (int i = 4; i < 12; ++i) {
            row.cells += " " + printed(rows->value(i));
        }
        out.push_back(std::move(row));
    }
    return out;
}

// How the rows of a mapping came in batches follows the machine's speed; their sum does not.
std::vector<StoredRow> read_batch_sums(store::sql::Connection& connection) {
    const auto rows = connection.query(
        "SELECT r.mapping, b.content_hash FROM batch b JOIN run r ON r.id = "
        "b.run_id ORDER BY r.mapping",
        {});
    std::map<std::string, std::string> sums;
    while (rows->next()) {
        const std::string hash = rows->bytes(1);
        std::string& sum = sums[rows->text(0)];
        sum.resize(std::max(sum.size(), hash.size()), '\0');
        for (std::size_t i = 0; i < hash.size(); ++i) {
            sum[i] = static_cast<char>(sum[i] ^ hash[i]);
        }
    }
    std::vector<StoredRow> out;
    for (const auto& [mapping, sum] : sums) {
        out.push_back({mapping, base::to_hex(sum), "", "", ""});
    }
    return out;
}

}  // namespace

StoreContent read_content(store::sql::Connection& connection,
                          const base::SealKeys& keys,
                          const std::vector<engine::Mapping>& mappings,
                          const std::string& only) {
    StoreContent content;
    const auto add = [&](const std::string& table, const auto& read) {
        if (only.empty() || only == table) {
            content[table] = read();
        }
    };
    RowReader reader(connection, keys, mappings);
    for (const store::EntityTable& entity : reader.entities()) {
        add(entity.name, [&] { return reader.read(entity, entity.name); });
        if (entity.has_history) {
            const std::string history = entity.name + "_history";
            add(history, [&] { return reader.read(entity, history); });
        }
    }
    for (const Listing& listing : kListings) {
        add(listing.table, [&] { return read_listing(connection, listing.sql); });
    }
    add("reject", [&] { return read_rejects(connection, keys); });
    add("batch", [&] { return read_batch_sums(connection); });
    for (auto& [table, rows] : content) {
        std::sort(rows.begin(), rows.end(), [](const StoredRow& a, const StoredRow& b) {
            return std::tie(a.key, a.cells) < std::tie(b.key, b.cells);
        });
    }
    return content;
}

}  // namespace hrbridge::e2e
