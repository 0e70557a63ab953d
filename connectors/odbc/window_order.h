#pragma once

#include <optional>
#include <string>

#include "connectors/connector.h"
#include "connectors/odbc/layout.h"
#include "connectors/odbc/query.h"
#include "connectors/odbc/session.h"

namespace hrbridge::odbc {

// The type of a window's column that cannot be compared with a time; nullopt where it can, or where
// the result has no column of this name. Text may hold a time, and SQLite has no other type.
std::optional<std::string> type_without_time(const Layout& layout, const std::string& watermark);

// Whether a window that is read in pages is better read in the order of its watermark, and of the
// key among rows of one time: an index leads from page to page then. Told to order by the key and
// to stop after a page, MariaDB walks the key's index until it has met so many rows of the window,
// which for the newest rows is the whole table.
//
// `statement` has the dataset's query prepared, and `layout` is its result's. Asks the source for
// indexes. False where no order of the watermark is known to be that of its texts: a TIMESTAMP
// whose `zone` sets its clocks within a day of the window. Throws base::ConnectorError.
bool goes_by_watermark(Session& session,
                       Statement& statement,
                       const Layout& layout,
                       const Dataset& dataset,
                       const connectors::Window& window,
                       const std::string& zone);

}  // namespace hrbridge::odbc
