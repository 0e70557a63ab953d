#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/app/services.h"

namespace hrbridge::app {

// A reading of all rows of a mapping up to its source's clock. Throws base::ConnectorError.
connectors::ReadRequest whole_request(const engine::Mapping& mapping,
                                      connectors::Connector& connector);

// Such a reading, or nullptr with faults when the source lacks a column that the query names. 0
// rows a block: the connector's own number. Throws base::ConnectorError.
std::unique_ptr<connectors::Source> open_or_fault(const engine::Mapping& mapping,
                                                  connectors::Connector& connector,
                                                  base::Faults& faults,
                                                  std::size_t block_rows = 0);

// Whether a mapping still fits its source.
struct CheckedQuery {
    std::string mapping;
    std::size_t columns = 0;  // as the source describes them
    base::Faults faults;      // with file, line and field: a run would stop
    std::vector<std::string> notes;
    std::string failure;  // the source or the store failed, which says nothing of the mapping
    bool good() const { return faults.empty() && failure.empty(); }
};

// Prepares each mapping's query and compares the columns that the source describes with the
// mapping, without fetching a row. Mappings of other sources than `reached` are left out; outside
// of its source's hours one is not asked, unless `forced`, which is a failure.
std::vector<CheckedQuery> check_queries(Services& services,
                                        const std::set<std::string>& reached,
                                        bool forced);

}  // namespace hrbridge::app
