#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "daemon/base/log.h"
#include "daemon/store/kept_connection.h"
#include "monitoring/state_metrics.h"

namespace hrbridge::app {

// How far migrations are, from the store's ledger and its list of rehearsals. One thread at a time.
class MigrationGauges {
  public:
    // `metrics` outlives this.
    explicit MigrationGauges(monitoring::StateMetrics& metrics) : metrics_(metrics) {}
    // Reads the ledger's new entries only. A store that does not answer leaves all as it was.
    void measure(store::KeptConnection& store, base::Log& log);

  private:
    struct Entries {
        std::int64_t count = 0;
        base::Timestamp last;
    };

    void read_ledger(store::sql::Connection& connection);
    void read_rehearsals(store::sql::Connection& connection);
    void forget();

    monitoring::StateMetrics& metrics_;
    std::int64_t seen_ = 0;                                           // the ledger's last entry
    std::map<std::pair<std::string, std::string>, Entries> entries_;  // by kind and subject
    std::set<std::pair<std::string, std::string>> rehearsals_;  // that were shown: module and state
};

}  // namespace hrbridge::app
