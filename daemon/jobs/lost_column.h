#pragma once

#include <vector>

#include "connectors/connector.h"
#include "daemon/base/error.h"
#include "daemon/base/result.h"
#include "mappings/engine/drift.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::jobs {

// What a source of which a column is gone differs in.
struct LostColumn {
    base::Faults faults;                       // never empty
    std::vector<engine::DriftChange> changes;  // likewise; one of them stops
    bool saw_all = false;                      // the source said all its columns
};

// What to say of a reading that the source refused because a column is gone
// (connectors::names_lost_column): that is drift, wherever the query names the column. Asks the
// source once more, without the window and the order, for the columns that it has; where that is
// refused too, the message tells the column. Never throws for a failing source.
LostColumn look_for_lost_column(const engine::Mapping& mapping,
                                connectors::Connector& connector,
                                const connectors::ReadRequest& request,
                                const base::SystemError& refusal);

}  // namespace hrbridge::jobs
