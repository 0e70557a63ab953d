#pragma once

#include <map>
#include <memory>
#include <string>

#include "connectors/connector.h"
#include "connectors/iclock/connector.h"
#include "connectors/odbc/api.h"
#include "connectors/wecom/checkin.h"
#include "connectors/wecom/client.h"
#include "daemon/app/config.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "monitoring/metrics.h"

namespace hrbridge::app {

using Connectors = std::map<std::string, std::unique_ptr<connectors::Connector>>;

// What connectors are built from beside their own settings. `wecom` may be null: then a source of
// kind wecom_checkin is a fault.
struct ConnectorParts {
    odbc::Api& driver_manager;
    base::Clock& clock;
    base::Log& log;
    wecom::Client* wecom;
    wecom::UserList wecom_users;
    iclock::Received& received;  // what terminals pushed
    monitoring::Metrics& metrics;
};

// Builds every source of the configuration: the only place that names the kinds. Adds faults for
// settings that a kind does not know or cannot use; such a source is left out.
Connectors make_connectors(const Config& config, const ConnectorParts& parts, base::Faults& faults);

// The folders of the store, of file sources and of backups that cannot be used now. No faults of
// the configuration: a share may be away while the daemon starts, which must not keep the other
// sources from their work.
base::Faults missing_folders(const Config& config);

}  // namespace hrbridge::app
