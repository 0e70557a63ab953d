#include "daemon/store/side_store.h"

#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/store/attached_store.h"

namespace hrbridge::store {
namespace {

constexpr std::size_t kMostModuleName = 40;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";

constexpr std::string_view kFindSchema =
    "SELECT n.oid::bigint, pg_catalog.has_schema_privilege(n.oid, 'CREATE') "
    "FROM pg_catalog.pg_namespace n WHERE n.nspname = $1";
constexpr std::string_view kHoldsAnything =
    "SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname = $1 AND "
    "(EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid) "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_type t WHERE t.typnamespace = n.oid) "
    "OR EXISTS (SELECT 1 FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid))";

bool is_postgres(const StoreOptions& options) {
    return options.kind == "postgres";
}

void check(const SideName& name) {
    const std::string& module = name.module;
    if (module.empty() || module.size() > kMostModuleName || module[0] < 'a' || module[0] > 'z' ||
        module.find_first_not_of(kLetters) != std::string::npos || name.number < 1) {
        throw std::invalid_argument("a rehearsal is named by a module and a number from 1");
    }
}

bool file_is_there(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

void remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        throw base::StoreError("SQLITE_IOERR_DELETE",
                               base::Remedy::Stop,
                               fmt::format("cannot remove {}: {}; correct the folder's rights and "
                                           "drop the rehearsal again",
                                           path,
                                           std::generic_category().message(errno)));
    }
}

std::string cannot_create(const std::string& schema) {
    return fmt::format(
        "this user may not make the schema {0} for the rehearsal; an administrator of the database "
        "lets it make any (GRANT CREATE ON DATABASE …), or makes this one (CREATE SCHEMA {0} "
        "AUTHORIZATION …)",
        schema);
}

void create_schema(const StoreOptions& live, const std::string& schema) {
    const auto connection = open_store(live)->connect();
    {
        const auto rows = connection->query(kFindSchema, {schema});
        if (rows->next()) {
            if (!std::get<bool>(rows->value(1))) {
                throw base::StoreError("42501", base::Remedy::Stop, cannot_create(schema));
            }
            return;
        }
    }
    try {
        connection->run_script(fmt::format("CREATE SCHEMA \"{}\"", schema));
    } catch (const base::StoreError& error) {
        if (error.code() == "42501") {
            throw base::StoreError("42501", base::Remedy::Stop, cannot_create(schema));
        }
        throw;
    }
}

std::string columns_of(sql::Connection& connection, const std::string& table) {
    std::string list;
    for (const EntityColumn& column : table_columns(connection, table)) {
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", column.name);
    }
    if (list.empty()) {
        throw std::invalid_argument("no entity " + table);
    }
    return list;
}

}  // namespace

StoreOptions side_options(const StoreOptions& live, const SideName& name) {
    check(name);
    StoreOptions side = live;
    if (is_postgres(live)) {
        side.schema = fmt::format("rehearsal_{}_{}", name.module, name.number);
    } else {
        side.path = fmt::format("{}.rehearsal-{}-{}", live.path, name.module, name.number);
    }
    return side;
}

bool side_is_taken(const StoreOptions& live, const SideName& name) {
    const StoreOptions side = side_options(live, name);
    if (is_postgres(live)) {
        return open_store(live)->connect()->query(kHoldsAnything, {side.schema})->next();
    }
    return file_is_there(side.path);
}

void create_side(const StoreOptions& live, const SideName& name) {
    const StoreOptions side = side_options(live, name);
    if (is_postgres(live)) {
        create_schema(live, side.schema);
    }
    migrate(*open_store(side)->connect());
}

bool upgrade_side(const StoreOptions& live, const SideName& name) {
    if (!side_is_taken(live, name)) {
        return false;
    }
    const auto connection = open_store(side_options(live, name))->connect();
    const int version = schema_version(*connection);
    if (version != 0 && version < newest_schema_version()) {
        migrate(*connection);
    }
    return version != 0;
}

void drop_side(const StoreOptions& live, const SideName& name) {
    const StoreOptions side = side_options(live, name);
    if (is_postgres(live)) {
        open_store(live)->connect()->run_script(
            fmt::format("DROP SCHEMA IF EXISTS \"{}\" CASCADE", side.schema));
        return;
    }
    // The database last: as long as it is there the number counts as taken.
    for (const char* const suffix : {"-wal", "-shm", "-journal", ""}) {
        remove_file(side.path + suffix);
    }
}

std::int64_t copy_entities(const StoreOptions& live,
                           const SideName& name,
                           const std::vector<std::string>& entities) {
    const auto connection = open_store(side_options(live, name))->connect();
    const AttachedStore from(*connection, live);
    sql::Transaction transaction(*connection, sql::Reads::Snapshot);
    if (is_postgres(live)) {
        connection->run_script("SET LOCAL statement_timeout = 0");  // as long as millions take
    }
    for (auto entity = entities.rbegin(); entity != entities.rend(); ++entity) {
        connection->execute(fmt::format("DELETE FROM \"{}\"", *entity), {});
    }
    std::int64_t rows = 0;
    for (const std::string& entity : entities) {
        const std::string columns = columns_of(*connection, entity);
        rows += connection->execute(
            fmt::format("INSERT INTO \"{0}\" ({1}){2} SELECT {1} FROM {3}\"{0}\"",
                        entity,
                        columns,
                        is_postgres(live) ? " OVERRIDING SYSTEM VALUE" : "",
                        from.prefix()),
            {});
    }
    transaction.commit();
    return rows;
}

}  // namespace hrbridge::store
