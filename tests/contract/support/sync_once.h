#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "daemon/base/seal.h"
#include "daemon/jobs/sync_runner.h"
#include "mappings/engine/mapping.h"
#include "tests/connectors/odbc/databases.h"
#include "tests/daemon/jobs/support/test_store.h"

namespace hrbridge::test {

// One run of the mapping from the database into the store.
inline jobs::SyncReport sync_once(odbc::Database& database,
                                  TestStore& store,
                                  const engine::Mapping& mapping,
                                  const base::SealKeys& keys) {
    monitoring::Metrics metrics;
    odbc::SqlConnector& connector = database.connector();
    jobs::SyncRunner runner(
        {store.store(),
         [&](const std::string&) -> connectors::Connector* { return &connector; },
         &keys,
         database.clock(),
         database.log(),
         metrics});
    return runner.run(mapping, {}, std::stop_token());
}

}  // namespace hrbridge::test
