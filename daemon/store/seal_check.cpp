#include "daemon/store/seal_check.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/sealed_columns.h"
#include "daemon/store/store.h"

namespace hrbridge::store {
namespace {

constexpr int kFirstVersion = 1;     // that holds sealed values
constexpr int kCheckedVersion = 8;   // that has the table seal_key
constexpr std::int64_t kTried = 20;  // a single value may be damaged

constexpr std::string_view kFind = "SELECT check_value FROM seal_key WHERE key_id = $1";
constexpr std::string_view kAdd =
    "INSERT INTO seal_key (key_id, check_value, first_used) VALUES ($1, $2, $3) "
    "ON CONFLICT (key_id) DO NOTHING";
// Beside the ids, none of which has a bracket: the key of the digests.
constexpr std::string_view kDigests = "(digests)";
constexpr std::string_view kReplace =
    "INSERT INTO seal_key (key_id, check_value, first_used) VALUES ($1, $2, $3) "
    "ON CONFLICT (key_id) DO UPDATE SET check_value = excluded.check_value, "
    "first_used = excluded.first_used";
// {} are a table, its column and what else identifies the place.
constexpr std::string_view kSealed =
    "SELECT id, {1}, {2} FROM {0} WHERE substr({1}, 1, {3}) = $1 LIMIT $2";

std::optional<std::string> stored_check(sql::Connection& connection, const std::string& id) {
    const auto rows = connection.query(kFind, {id});
    return rows->next() ? std::optional(rows->bytes(0)) : std::nullopt;
}

bool opens(const SealedColumn& column, const sql::Rows& row, const base::SealKeys& keys) {
    const auto place = column.place(row);
    return place && keys.open(row.bytes(1), *place).ok();
}

// By what is sealed under the id: nothing opens, and something is there that does not.
bool opens_nothing(sql::Connection& connection, const base::SealKeys& keys, const std::string& id) {
    const std::string prefix = base::SealKeys::sealed_prefix(id);
    bool refused = false;
    for (const SealedColumn& each : sealed_columns(connection)) {
        const auto rows = connection.query(
            fmt::format(kSealed, each.table, each.column, each.beside, prefix.size()),
            {base::Bytes{prefix}, kTried});
        while (rows->next()) {
            if (opens(each, *rows, keys)) {
                return false;
            }
            refused = true;
        }
    }
    return refused;
}

bool is_wrong(sql::Connection& connection,
              int version,
              const base::SealKeys& keys,
              const std::string& id) {
    if (version >= kCheckedVersion) {
        if (const auto check = stored_check(connection, id)) {
            return *check != keys.check_value(id);
        }
    }
    return opens_nothing(connection, keys, id);
}

}  // namespace

std::vector<std::string> wrong_seal_keys(sql::Connection& connection, const base::SealKeys& keys) {
    std::vector<std::string> wrong;
    const int version = schema_version(connection);
    if (version < kFirstVersion) {
        return wrong;
    }
    for (const std::string& id : keys.ids()) {
        if (is_wrong(connection, version, keys, id)) {
            wrong.push_back(id);
        }
    }
    return wrong;
}

std::optional<std::string> digest_key_fault(sql::Connection& connection,
                                            const base::SealKeys& keys) {
    const auto known = schema_version(connection) < kCheckedVersion
                           ? std::nullopt
                           : stored_check(connection, std::string(kDigests));
    if (!known || *known == keys.digest_check_value(keys.eldest())) {
        return std::nullopt;
    }
    for (const std::string& id : keys.ids()) {
        if (*known == keys.digest_check_value(id)) {
            return fmt::format(
                "the key {} must stand on the last line: this store knows changed "
                "rows again by digests under it; nothing was written. A new key "
                "belongs on the first line",
                id);
        }
    }
    return std::nullopt;
}

void use_seal_key(sql::Connection& connection, const base::SealKeys& keys, base::Timestamp now) {
    const std::string& id = keys.current();
    const std::string check = keys.check_value(id);
    auto stored = stored_check(connection, id);
    if (!stored && !opens_nothing(connection, keys, id)) {
        sql::Transaction transaction(connection);
        connection.execute(kAdd, {id, base::Bytes{check}, now});
        transaction.commit();
        stored = stored_check(connection, id);  // of another process, when that came first
    }
    if (stored != check) {
        throw base::StoreError("seal_keys", base::Remedy::Stop, wrong_seal_key_text(id));
    }
    if (const auto fault = digest_key_fault(connection, keys)) {
        throw base::StoreError("seal_keys", base::Remedy::Stop, *fault);
    }
    const std::string digests = keys.digest_check_value(keys.eldest());
    if (stored_check(connection, std::string(kDigests)) != digests) {
        sql::Transaction transaction(connection);
        connection.execute(kReplace, {std::string(kDigests), base::Bytes{digests}, now});
        transaction.commit();
    }
}

std::string wrong_seal_key_text(const std::string& id) {
    return fmt::format(
        "the key {0} is not the one that this store knows as {0}; nothing was "
        "written. Put the right key back under this id, or give the new key an id "
        "of its own, on the first line, and leave the right {0} below it",
        id);
}

}  // namespace hrbridge::store
