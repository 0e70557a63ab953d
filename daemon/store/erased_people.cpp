#include "daemon/store/erased_people.h"

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "daemon/store/person_columns.h"

namespace hrbridge::store {
namespace {

constexpr const char* kEpoch = "SELECT coalesce(max(id), 0) FROM erasure";
// Any number that no other program uses on the same server; "erasures" in ASCII.
constexpr std::int64_t kErasureLock = 0x6572'6173'7572'6573;

std::string erased_rows(std::string_view entity) {
    return fmt::format("SELECT e.row_id FROM erased_number e WHERE e.field = '{}'",
                       entity == kPerson ? "person.person_no" : "employment_spell.employee_no");
}

bool is_any_erased(sql::Connection& connection) {
    return connection.query("SELECT 1 FROM erased_number LIMIT 1", {})->next();
}

// One row a key that made digests.
void check_key(sql::Connection& connection, const base::SealKeys* keys) {
    const auto rows = connection.query("SELECT DISTINCT digests_by FROM erasure", {});
    while (rows->next()) {
        if (keys == nullptr || keys->digest_check_value(keys->eldest()) != rows->bytes(0)) {
            throw base::StoreError(
                "erased_people",
                base::Remedy::Stop,
                "people were erased, and who they were can be told by the seal key alone that was "
                "the last line of seal_keys then: put it back there, or a source would bring them "
                "back");
        }
    }
}

}  // namespace

std::string erased_digest(base::KeyedDigest& digest,
                          std::string_view field,
                          std::string_view number) {
    std::string bytes(field);
    bytes += '\0';
    bytes += base::to_lower_ascii(number);
    return digest.of(bytes);
}

// The epoch first: who is erased in between makes the batch fail, and it is read again.
ErasedPeople ErasedPeople::read(sql::Connection& connection, const base::SealKeys* keys) {
    std::int64_t epoch = 0;
    {
        const auto rows = connection.query(kEpoch, {});
        epoch = rows->next() ? rows->integer(0) : 0;
    }
    check_key(connection, keys);
    std::unordered_set<std::string> digests;
    const auto rows = connection.query("SELECT digest FROM erased_number", {});
    while (rows->next()) {
        digests.insert(rows->bytes(0));
    }
    return {std::move(digests), epoch};
}

// A lock of its own, which is given in the order in which it was asked for: a row's would be shared
// by one batch after the other, and an erasure would wait for ever.
void keep_erasures_out(sql::Connection& connection) {
    if (connection.dialect() == sql::Dialect::Postgres) {
        connection.query("SELECT pg_advisory_xact_lock_shared($1)", {kErasureLock})->next();
    }
}

bool nobody_erased_since(sql::Connection& connection, std::int64_t epoch) {
    keep_erasures_out(connection);
    const auto rows = connection.query(kEpoch, {});
    return rows->next() && rows->integer(0) == epoch;
}

// The batches behind an erasure wait as long as it does.
void begin_erasure(sql::Connection& connection) {
    if (connection.dialect() == sql::Dialect::Postgres) {
        connection.run_script("SET LOCAL lock_timeout = '30s'");
        connection.query("SELECT pg_advisory_xact_lock($1)", {kErasureLock})->next();
    }
}

std::set<std::int64_t> erased_spells(sql::Connection& connection) {
    std::set<std::int64_t> spells;
    const auto rows = connection.query(erased_rows(kSpell), {});
    while (rows->next()) {
        spells.insert(rows->integer(0));
    }
    return spells;
}

std::string of_nobody_erased(sql::Connection& connection,
                             const EntityTable& table,
                             std::string_view alias) {
    std::string condition = "TRUE";
    if (!is_any_erased(connection)) {
        return condition;
    }
    if (!own_number(table).empty()) {
        condition += fmt::format(" AND {}.id NOT IN ({})", alias, erased_rows(table.name));
    }
    for (const PersonColumn& column : person_columns(table)) {
        if (column.subject) {
            condition += fmt::format(" AND ({0}.{1} IS NULL OR {0}.{1} NOT IN ({2}))",
                                     alias,
                                     column.column,
                                     erased_rows(column.parent));
        }
    }
    return condition;
}

}  // namespace hrbridge::store
