#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "connectors/odbc/layout.h"
#include "connectors/odbc/query.h"
#include "connectors/odbc/session.h"

namespace hrbridge::odbc {

// The type of a window's column that cannot be compared with a time; nullopt where it can, or where
// the result has no column of this name. Text may hold a time, and SQLite has no other type.
std::optional<std::string> type_without_time(const Layout& layout, const std::string& watermark);

// A reading that would go by the key. All outlives the call.
struct WindowReading {
    Session& session;
    Statement& statement;  // has the dataset's query prepared
    const Layout& layout;  // of its result
    const Dataset& dataset;
    const std::vector<std::size_t>& key;  // indexes of the result's columns
    const std::vector<std::string>& key_sql;
    const Sql& condition;  // of the window
    const connectors::ReadRequest& request;
    std::int64_t page_rows;  // of the first page
};

// Whether it is the beginning of a window that is better read in the order of its watermark, and of
// the key among rows of one time. Told to order by the key and to stop after a page, MariaDB walks
// the key's index until it has met so many rows of the window: for the newest rows that is the
// whole table.
//
// True where the source itself would find the window by an index, which it does of a small part of
// a table only (of a large one the key's index gives the rows as they lie), and an index gives a
// page in that order without sorting. False where the order might not be that of what the result
// shows (a column of a subselect, an expression; a TIMESTAMP whose zone sets its clocks within a
// day of the window) or where a page might change a row (GROUP BY, window functions). Throws
// base::ConnectorError.
bool goes_by_watermark(const WindowReading& reading);

// Has the source read each page of such a reading by one index, where it can be told so.
void prefer_one_index(Session& session);

}  // namespace hrbridge::odbc
