#include "daemon/store/postgres/schema_restore.h"

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/postgres/table_copy.h"

namespace hrbridge::store::postgres {
namespace {

constexpr const char* kLockTimeout = "55P03";
constexpr const char* kSchema = "hrbridge_restoring";
// Beside that of migrations; "restores" in ASCII.
constexpr std::int64_t kRestoreLock = 0x7265'7374'6f72'6573;
constexpr std::string_view kForeignKeys =
    "SELECT c.relname::text, f.conname::text, pg_catalog.pg_get_constraintdef(f.oid) "
    "FROM pg_catalog.pg_constraint f JOIN pg_catalog.pg_class c ON c.oid = f.conrelid "
    "WHERE f.contype = 'f' AND c.relnamespace = current_schema()::regnamespace "
    "ORDER BY c.relname COLLATE \"C\", f.conname COLLATE \"C\"";
// What a first load under way has put off; the rows may not allow it yet.
constexpr std::string_view kPutOff =
    "SELECT 1 FROM first_load WHERE entity = $1 AND name = $2 AND parent IS NOT NULL";
// Indexes and primary keys are there by the migrations.
constexpr std::string_view kForgetIndexes = "DELETE FROM first_load WHERE parent IS NULL";
constexpr int kFirstLoadVersion = 16;

struct ForeignKey {
    std::string table;
    std::string name;
    std::string definition;
};

std::string first_text(sql::Connection& connection, std::string_view query) {
    const auto rows = connection.query(query, {});
    return rows->next() && !rows->is_null(0) ? rows->text(0) : std::string();
}

std::string live_schema(sql::Connection& connection) {
    std::string name = first_text(connection, "SELECT current_schema()::text");
    if (name.empty()) {
        throw base::StoreError("3F000",
                               base::Remedy::Stop,
                               "the user's search path names no schema that is there; make one");
    }
    return name;
}

std::vector<ForeignKey> foreign_keys(sql::Connection& connection) {
    std::vector<ForeignKey> keys;
    const auto rows = connection.query(kForeignKeys, {});
    while (rows->next()) {
        keys.push_back({rows->text(0), rows->text(1), rows->text(2)});
    }
    return keys;
}

std::string quoted_list(const std::vector<std::string>& tables) {
    std::string list;
    for (const std::string& table : tables) {
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", table);
    }
    return list;
}

class RestoredSchema final : public RestoredStore {
  public:
    explicit RestoredSchema(StoreOptions target)
        : target_(std::move(target)), guard_(open_store(target_)->connect()) {
        guard_->begin();
        guard_->run_script("SET LOCAL idle_in_transaction_session_timeout = 0");
        const auto rows = guard_->query("SELECT pg_try_advisory_xact_lock($1)", {kRestoreLock});
        if (!rows->next() || !rows->boolean(0)) {
            throw base::StoreError(
                "busy", base::Remedy::Stop, "another restore works on this database");
        }
        make_schema();
    }
    ~RestoredSchema() override {
        try {
            drop_schema();
        } catch (const base::SystemError&) {
            // The next restore removes it.
        }
    }

    StoreOptions options() const override {
        StoreOptions options = target_;
        options.schema = kSchema;
        return options;
    }

    void load(const StoreCopy& copy, const std::string& folder, const CopyWork& work) override {
        const auto connection = open_store(options())->connect();
        migrate(*connection, copy.schema);
        const std::vector<ForeignKey> keys = foreign_keys(*connection);
        for (const ForeignKey& key : keys) {
            connection->run_script(
                fmt::format("ALTER TABLE \"{}\" DROP CONSTRAINT \"{}\"", key.table, key.name));
        }
        const std::vector<std::string> tables = store_tables(*connection);
        connection->run_script("TRUNCATE " + quoted_list(tables));
        load_rows(copy, folder, work);
        make_again(*connection, keys, copy.schema >= kFirstLoadVersion);
        connection->run_script("SET LOCAL statement_timeout = 0; ANALYZE " + quoted_list(tables));
    }

    std::string put_in_place(Present there, const std::string& mark) override {
        try {
            return exchange(there, mark);
        } catch (const base::StoreError& error) {
            if (error.code() != kLockTimeout) {
                throw;
            }
            throw base::StoreError(kLockTimeout, base::Remedy::Retry, kInUse);
        }
    }

  private:
    std::string exchange(Present there, const std::string& mark) const {
        const auto connection = open_store(target_)->connect();
        const std::string live = live_schema(*connection);
        const std::vector<std::string> old = store_tables(*connection);
        const std::vector<std::string> fresh = store_tables(*open_store(options())->connect());
        sql::Transaction transaction(*connection);
        connection->run_script("SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0");
        std::string kept;
        if (there == Present::Rows) {
            kept = "hrbridge_before_" + mark;
            connection->run_script(fmt::format("CREATE SCHEMA \"{}\"", kept));
            move(*connection, old, live, kept);
        } else {
            if (!old.empty()) {
                connection->run_script("DROP TABLE " + quoted_list(old));
            }
            connection->run_script(fmt::format("DROP DOMAIN IF EXISTS \"{}\".sealed", live));
        }
        move(*connection, fresh, kSchema, live);
        // Here and not afterwards, or a kill between would leave it behind, empty.
        connection->run_script(fmt::format("DROP SCHEMA \"{}\"", kSchema));
        transaction.commit();
        return kept;
    }

    // Tables take their indexes, keys and sequences along; columns follow the domain by its id.
    static void move(sql::Connection& connection,
                     const std::vector<std::string>& tables,
                     const std::string& from,
                     const std::string& to) {
        for (const std::string& table : tables) {
            connection.run_script(
                fmt::format("ALTER TABLE \"{}\".\"{}\" SET SCHEMA \"{}\"", from, table, to));
        }
        connection.run_script(
            fmt::format("ALTER DOMAIN \"{}\".sealed SET SCHEMA \"{}\"", from, to));
    }

    void make_schema() {
        drop_schema();
        try {
            open_store(target_)->connect()->run_script(fmt::format("CREATE SCHEMA {}", kSchema));
        } catch (const base::StoreError& error) {
            if (error.code() != "42501") {
                throw;
            }
            throw base::StoreError(
                "42501",
                base::Remedy::Stop,
                "this user may not make a schema to restore into; for the time of the restore an "
                "administrator of the database lets it: GRANT CREATE ON DATABASE …");
        }
    }
    void drop_schema() {
        open_store(target_)->connect()->run_script(
            fmt::format("DROP SCHEMA IF EXISTS {} CASCADE", kSchema));
    }

    void load_rows(const StoreCopy& copy, const std::string& folder, const CopyWork& work) {
        TableLoader loader(options());
        std::int64_t before = 0;
        for (const CopiedFile& file : copy.files) {
            const std::int64_t rows = loader.copy_in(file, folder, [&](std::int64_t bytes) {
                before += bytes;
                if (work.stop.stop_requested()) {
                    throw base::Stopped();
                }
                if (work.progress) {
                    work.progress(before);
                }
            });
            const auto wanted = copy.rows.find(file.table);
            if (wanted == copy.rows.end() || wanted->second != rows) {
                throw base::StoreError(
                    "rows", base::Remedy::Stop, file.table + " has another number of rows");
            }
        }
        for (const auto& [table, last] : copy.last_ids) {
            loader.set_last_id(table, last);
        }
        loader.commit();
    }

    static void make_again(sql::Connection& connection,
                           const std::vector<ForeignKey>& keys,
                           bool has_first_loads) {
        sql::Transaction transaction(connection);
        connection.run_script("SET LOCAL statement_timeout = 0");
        if (has_first_loads) {
            connection.execute(kForgetIndexes, {});
        }
        for (const ForeignKey& key : keys) {
            if (has_first_loads && connection.query(kPutOff, {key.table, key.name})->next()) {
                continue;
            }
            connection.run_script(fmt::format("ALTER TABLE \"{}\" ADD CONSTRAINT \"{}\" {}",
                                              key.table,
                                              key.name,
                                              key.definition));
        }
        transaction.commit();
    }

    StoreOptions target_;
    std::unique_ptr<sql::Connection> guard_;  // its transaction holds the lock
};

}  // namespace

Present what_is_there(const StoreOptions& target) {
    const auto connection = open_store(target)->connect();
    live_schema(*connection);
    if (store_tables(*connection).empty()) {
        return Present::Nothing;
    }
    return has_rows(*connection) ? Present::Rows : Present::NoRows;
}

std::unique_ptr<RestoredStore> begin_restore(const StoreOptions& target) {
    return std::make_unique<RestoredSchema>(target);
}

}  // namespace hrbridge::store::postgres
