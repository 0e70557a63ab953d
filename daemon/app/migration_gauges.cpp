#include "daemon/app/migration_gauges.h"

#include <algorithm>

#include "daemon/base/error.h"

namespace hrbridge::app {
namespace {

constexpr std::string_view kLastEntry = "SELECT seq FROM ledger_entry ORDER BY seq DESC LIMIT 1";
constexpr std::string_view kNewEntries =
    "SELECT kind, subject, at FROM ledger_entry WHERE seq > $1 AND seq <= $2 ORDER BY seq";
constexpr std::string_view kRehearsals =
    "SELECT module, state, count(*) FROM rehearsal GROUP BY module, state";
constexpr std::string_view kNewestRows =
    "SELECT r.module, CAST(sum(m.rows_read) AS bigint), CAST(sum(m.rows_stored) AS bigint), "
    "CAST(sum(m.rows_rejected) AS bigint), CAST(sum(m.rows_held) AS bigint) FROM rehearsal r "
    "JOIN rehearsal_mapping m ON m.rehearsal_id = r.id WHERE r.number = "
    "(SELECT max(n.number) FROM rehearsal n WHERE n.module = r.module) GROUP BY r.module";

std::int64_t last_entry(store::sql::Connection& connection) {
    const auto rows = connection.query(kLastEntry, {});
    return rows->next() ? rows->integer(0) : 0;
}

double unix_seconds(base::Timestamp at) {
    return std::chrono::duration<double>(at.time_since_epoch()).count();
}

}  // namespace

void MigrationGauges::measure(store::KeptConnection& store, base::Log& log) {
    try {
        store.use([this](store::sql::Connection& connection) {
            read_ledger(connection);
            read_rehearsals(connection);
        });
    } catch (const base::StoreError& error) {
        log.warning("the state of migrations cannot be measured", {{"code", error.code()}});
    }
}

void MigrationGauges::read_ledger(store::sql::Connection& connection) {
    const std::int64_t last = last_entry(connection);
    if (last < seen_) {
        forget();  // another store, or an older state of this one
    }
    if (last == seen_) {
        return;
    }
    const auto rows = connection.query(kNewEntries, {seen_, last});
    while (rows->next()) {
        Entries& entries = entries_[{rows->text(0), rows->text(1)}];
        entries.count += 1;
        entries.last = std::max(entries.last, rows->timestamp(2));
    }
    seen_ = last;
    for (const auto& [of, entries] : entries_) {
        const prometheus::Labels labels{{"kind", of.first}, {"subject", of.second}};
        metrics_.ledger_entries.Add(labels).Set(static_cast<double>(entries.count));
        metrics_.ledger_last_entry_seconds.Add(labels).Set(unix_seconds(entries.last));
    }
}

void MigrationGauges::forget() {
    for (const auto& [of, entries] : entries_) {
        const prometheus::Labels labels{{"kind", of.first}, {"subject", of.second}};
        metrics_.ledger_entries.Remove(&metrics_.ledger_entries.Add(labels));
        metrics_.ledger_last_entry_seconds.Remove(&metrics_.ledger_last_entry_seconds.Add(labels));
    }
    entries_.clear();
    seen_ = 0;
}

void MigrationGauges::read_rehearsals(store::sql::Connection& connection) {
    for (const auto& [module, state] : rehearsals_) {
        metrics_.rehearsals.Add({{"module", module}, {"state", state}}).Set(0);
    }
    {
        const auto rows = connection.query(kRehearsals, {});
        while (rows->next()) {
            const auto& [module, state] = *rehearsals_.emplace(rows->text(0), rows->text(1)).first;
            metrics_.rehearsals.Add({{"module", module}, {"state", state}})
                .Set(static_cast<double>(rows->integer(2)));
        }
    }
    const auto rows = connection.query(kNewestRows, {});
    while (rows->next()) {
        int column = 0;
        for (const char* what : {"read", "stored", "rejected", "held"}) {
            metrics_.rehearsal_rows.Add({{"module", rows->text(0)}, {"what", what}})
                .Set(static_cast<double>(rows->integer(++column)));
        }
    }
}

}  // namespace hrbridge::app
