#include <string_view>

#include "daemon/base/ids.h"
#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"
#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"

namespace hrbridge::store {
namespace {

constexpr std::int64_t kAuditLock = 0x6175'6469'7400;  // "audit"
constexpr std::size_t kHashBytes = 32;

constexpr std::string_view kLast = "SELECT hash FROM audit ORDER BY id DESC LIMIT 1";
constexpr std::string_view kAdd =
    "INSERT INTO audit (at, actor, act, object, detail, prev_hash, hash) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";
constexpr std::string_view kAll =
    "SELECT id, at, actor, act, object, detail, prev_hash, hash FROM audit ORDER BY id";

// The last of the rows before the first that is young enough.
constexpr std::string_view kLastOld =
    "SELECT id, hash FROM audit WHERE id < coalesce((SELECT min(id) FROM audit WHERE at >= $1), "
    "9223372036854775807) ORDER BY id DESC LIMIT 1";
constexpr std::string_view kPurge = "DELETE FROM audit WHERE id <= $1";
constexpr const char* kPurgeAct = "audit.purge";

struct Entry {
    base::Timestamp at;
    std::string actor;
    std::string act;
    std::string object;
    std::string detail;
};

std::string chain_hash(const std::string& previous, const Entry& entry) {
    base::RowHasher row;
    row.add_bytes(previous);
    row.add_timestamp(entry.at.time_since_epoch().count());
    row.add_text(entry.actor);
    row.add_text(entry.act);
    row.add_text(entry.object);
    row.add_text(entry.detail);
    return base::sha256(row.canonical());
}

// The last hash, and nobody else appends until the transaction ends.
std::string lock_last(sql::Connection& connection) {
    if (connection.dialect() == sql::Dialect::Postgres) {
        connection.query("SELECT pg_advisory_xact_lock($1)", {kAuditLock})->next();
    }
    const auto rows = connection.query(kLast, {});
    return rows->next() ? rows->bytes(0) : std::string(kHashBytes, '\0');
}

}  // namespace

void AuditRepository::add(const std::string& actor,
                          const std::string& act,
                          const std::string& object,
                          const std::string& detail,
                          base::Timestamp at) {
    LocalTransaction transaction(connection_);
    const std::string previous = lock_last(connection_);
    const std::string hash = chain_hash(previous, {at, actor, act, object, detail});
    connection_.execute(kAdd,
                        {at, actor, act, object, detail, base::Bytes{previous}, base::Bytes{hash}});
    transaction.commit();
}

std::int64_t AuditRepository::purge(base::Timestamp before,
                                    const std::string& actor,
                                    base::Timestamp now) {
    LocalTransaction transaction(connection_);
    lock_last(connection_);
    const auto rows = connection_.query(kLastOld, {before});
    if (!rows->next() || rows->is_null(0)) {
        return 0;
    }
    const std::int64_t last = rows->integer(0);
    const std::string hash = rows->bytes(1);
    add(actor, kPurgeAct, std::to_string(last), base::to_hex(hash), now);
    const std::int64_t deleted = connection_.execute(kPurge, {last});
    transaction.commit();
    return deleted;
}

std::optional<std::int64_t> AuditRepository::first_broken() {
    const auto rows = connection_.query(kAll, {});
    std::string previous(kHashBytes, '\0');
    std::optional<std::int64_t> first;
    std::string anchor;  // of deleted rows, until the row that tells of them
    while (rows->next()) {
        const Entry entry{
            rows->timestamp(1), rows->text(2), rows->text(3), rows->text(4), rows->text(5)};
        const std::string hash = rows->bytes(7);
        if (!first) {
            first = rows->integer(0);
            if (rows->bytes(6) != previous) {
                previous = rows->bytes(6);
                anchor = base::to_hex(previous);
            }
        }
        if (rows->bytes(6) != previous || chain_hash(previous, entry) != hash) {
            return rows->integer(0);
        }
        if (entry.act == kPurgeAct && entry.detail == anchor) {
            anchor.clear();
        }
        previous = hash;
    }
    return anchor.empty() ? std::nullopt : first;
}

}  // namespace hrbridge::store
