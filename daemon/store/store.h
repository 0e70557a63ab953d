#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/seal.h"
#include "daemon/base/secret.h"
#include "daemon/base/value.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

struct StoreOptions {
    std::string kind = "sqlite";  // sqlite or postgres
    std::string path;             // SQLite: the database file
    std::string connection;       // PostgreSQL: libpq key=value string without the password
    base::Secret password;
    int statement_timeout_s = 300;  // PostgreSQL
    // PostgreSQL: the one schema in which the store's tables are, a-z, 0-9 and _; empty: the first
    // of the user's search path.
    std::string schema = {};
    // PostgreSQL: a commit is on disk when it returns. Otherwise it is there before any later one
    // that waits, so that what a crash of the server takes is the newest only.
    bool waits_for_disk = true;
};

// A column of an entity table as the migrations declared it.
struct EntityColumn {
    std::string name;
    base::FieldType type;
    bool not_null = false;
    bool sealed = false;     // SEALED: AES-256-GCM of text, see base/seal.h
    std::string references;  // parent table of a foreign key; empty: none
};

// An entity that mappings may load: read from the store's own catalogue, so that the migrations
// stay the only truth.
struct EntityTable {
    std::string name;
    std::vector<EntityColumn> columns;  // without the loader's own (id, row_hash, batch_id, …)
    std::vector<std::string> key;       // the natural key, from the unique index <name>_key
    bool has_history = false;           // a table <name>_history takes superseded versions
};

// Opens connections to the one HR store. Thread-safe; a Connection is not.
class Store {
  public:
    virtual ~Store() = default;
    virtual sql::Dialect dialect() const = 0;
    virtual std::unique_ptr<sql::Connection> connect() = 0;
    // For people: "sqlite /var/lib/hrbridge/hr.db", "postgres host=… dbname=…"; never a password.
    virtual std::string describe() const = 0;
};

// SQLite refuses to open a file that another user than the caller owns.
std::unique_ptr<Store> open_store(const StoreOptions& options);

// The number of the newest migration applied; 0 for an empty database.
int schema_version(sql::Connection& connection);
int newest_schema_version();
// Applies the missing numbered migrations, those of an empty store in one transaction, else each in
// its own; safe when two processes try. A newer store throws StoreError(Stop). Up to `last`.
void migrate(sql::Connection& connection, int last = newest_schema_version());

// All columns of a table in their order, the loader's own too, without references.
std::vector<EntityColumn> table_columns(sql::Connection& connection, const std::string& table);

// The entities, sorted by name.
std::vector<EntityTable> entity_tables(sql::Connection& connection);

}  // namespace hrbridge::store
