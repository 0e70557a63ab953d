#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/odbc/options.h"
#include "connectors/odbc/position.h"
#include "daemon/base/time.h"

namespace hrbridge::odbc {

struct SessionSettings {
    std::string zone;                // IANA name; empty: leave the session's
    std::int64_t query_seconds = 0;  // 0: no limit
    bool text_as_bytes = false;      // texts as the source keeps them, in no other charset
    std::int64_t fetch_rows = 0;     // the most that a driver may fetch at once; 0: as it likes
};

// How one kind of database and its driver are spoken to. Plain data; one file a kind in dialects/.
struct Dialect {
    std::string name;
    char quote_begin = '"';
    char quote_end = '"';
    bool streams = true;        // false: one result may not stay open, so read in keyset pages
    bool holds_results = true;  // without `streams`: the client library holds a page whole
    std::int64_t most_page_rows = 20'000;
    std::int64_t page_bytes = 8LL << 20;  // what the client library may hold of a page
    bool row_values = false;              // (a, b) >= (?, ?) is understood and uses an index
    bool nulls_last = false;              // where ORDER BY puts NULL
    bool schemas_are_catalogs = false;    // MariaDB: "hr.person" is a table of database hr
    bool converts_text =
        false;                // MariaDB: texts come in the session's charset, "?" for what it lacks
    bool exact_sizes = true;  // false: declared sizes and types do not bound what a cell holds
    bool tells_tables = false;  // of a result column whether it is a table's own
    bool tells_null = false;    // of such a one whether it may be NULL, if only by an outer join
    std::uint64_t unknown_size = 0;    // the size that the driver gives when there is no bound
    Attributes attributes;             // of the connection string, unless the options name them
    std::string fetch_attribute = {};  // the one for how many rows the driver fetches at once
    bool ends_statements = false;      // its session() has the server hold query_seconds
    bool cancels = true;  // false: its driver's SQLCancel breaks what works at the time
    // Where it does, how another session ends a statement: the query for a session's number, and a
    // statement with {} for it. Empty: nothing ends one.
    std::string session_number_query = {};
    std::string end_statement = {};
    std::string now_query;               // UTC as "YYYY-MM-DD HH:MM:SS[.ffffff]"; empty: unknown
    std::string limit;                   // behind ORDER BY, {} is the number; empty: unknown
    std::string window_parameter = "?";  // a timestamp given as text in the session's zone
    // The parameter for a key value of the source's type `type` given as text.
    std::string (*key_parameter)(std::string_view type) = nullptr;
    // What stands in the SQL for a key value instead of a parameter, which would be compared
    // otherwise than the source sorts; nullopt: the parameter will do.
    std::optional<std::string> (*key_literal)(const KeyValue&) = nullptr;
    bool blobs_hold_text = false;  // what is declared as bytes may hold text, which sorts before
    // Three parameters (schema, table, column) → the type that the driver does not tell; empty: it
    // tells all. Asked for key columns described as `untold_type`.
    std::string column_type_query;
    std::string untold_type;
    // Two parameters (schema, table) → the names of the table's columns that it allows to be
    // NULL, none of what is no table; empty: not known, or the driver tells (tells_null).
    std::string nullable_query;
    // In front of a query that is not to run: a row for each of its tables, in "table" how the
    // query calls it, in "key" the index by which it would be read, in "Extra" whether rows are
    // sorted. Asked about windows that are read in pages (window_order.h); empty: they go by the
    // key.
    std::string explain;
    // Forbids to read a page by two indexes whose rows would be put together and sorted.
    std::string one_index_statement;
    // Whether a column of such a type ("" when the source does not know the column) sorts otherwise
    // than it compares, so that a key is sorted and compared by `key_cast` of it.
    bool (*casts_key)(std::string_view type) = nullptr;
    std::string key_cast;  // {} is the column
    // What has the database itself write a value of such a type as text, {} is the column; empty
    // where the driver gives it as it is.
    std::string_view (*written_by_database)(std::string_view type) = nullptr;
    // Run after login. Each entry is a list of alternatives: the first that works is taken.
    std::vector<std::vector<std::string>> (*session)(const SessionSettings&) = nullptr;
    // One read-only snapshot for all statements that follow: statements before the driver is told
    // to commit by hand, whether it is, and statements after. Nothing: none is known.
    std::vector<std::string> before_snapshot;
    bool manual_commit = false;
    std::vector<std::string> snapshot;
    bool one_snapshot = false;  // all that a reading's session sees is of one moment
};

// "mariadb", "postgres", "sqlite", "sqlserver", "oracle" or "generic".
Dialect dialect_named(std::string_view name);
// By what SQLGetInfo(SQL_DBMS_NAME) says; generic when unknown.
std::string dialect_of_product(std::string_view product);
// A guess by the driver's name, so that its attributes are there at the first login; empty: none.
std::string dialect_of_driver(std::string_view driver);

// "schema.table" or a column as a quoted identifier.
std::string quote_name(const Dialect& dialect, std::string_view name);
// Any text as one quoted identifier.
std::string quote_identifier(const Dialect& dialect, std::string_view name);
// A plain name as it is (so that the database folds its case), anything else quoted.
std::string column_name(const Dialect& dialect, std::string_view name);
// ORDER BY's limit, " LIMIT 100"; empty when the dialect knows none.
std::string limit_clause(const Dialect& dialect, std::int64_t rows);
// A window bound as text: microseconds, without needless zeros.
std::string bound_text(base::LocalTime bound);

}  // namespace hrbridge::odbc
