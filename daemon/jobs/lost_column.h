#pragma once

#include "connectors/connector.h"
#include "daemon/base/error.h"
#include "daemon/base/result.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::jobs {

// What to say of a reading that the source refused because a column is gone
// (connectors::names_lost_column): that is drift, wherever the query names the column. Asks the
// source once more, without the window and the order, for the columns that it has; where that is
// refused too, the message tells the column. Never empty, never throws for a failing source.
base::Faults faults_of_lost_column(const engine::Mapping& mapping,
                                   connectors::Connector& connector,
                                   const connectors::ReadRequest& request,
                                   const base::SystemError& refusal);

}  // namespace hrbridge::jobs
