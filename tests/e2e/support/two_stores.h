#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mappings/engine/mapping.h"
#include "tests/e2e/support/installation.h"
#include "tests/e2e/support/outside.h"
#include "tests/e2e/support/store_content.h"

namespace hrbridge::e2e {

// One installation after one sync.
struct Side {
    SyncReport report;
    StoreContent content;
    app::demo::PlantedFaults open_rejects;  // rows by mapping and rule
    std::int64_t writing_batches = 0;       // ever committed that inserted or updated a row
};
struct Stage {
    Side sqlite;
    Side postgres;
};

// One outside world and two installations that sync it, one into SQLite and one into PostgreSQL.
// The stages follow one another; each is reached when it is first asked for, so that a test can
// run alone.
class TwoStores {
  public:
    static TwoStores& instance();

    const Stage& first();    // after the first sync and an evaluation of the findings
    const Stage& again();    // and after a second one of unchanged sources
    const Stage& in_full();  // and after one that reads everything
    const Stage& changed();  // and after changes at the sources, a sync and an evaluation
    const Stage& latest();   // the stage the stores are in, the first where there was none yet

    Outside& outside() { return outside_; }
    const base::SealKeys& keys() const { return keys_; }
    const std::vector<engine::Mapping>& mappings() const { return mappings_; }
    const Installation& sqlite() const { return sqlite_; }
    const Installation& postgres() const { return postgres_; }
    StoreContent content(store::sql::Connection& connection, const std::string& only = {}) const;

  private:
    TwoStores();
    Side sync(const Installation& installation,
              const std::vector<std::string>& options,
              bool evaluate) const;
    Stage sync_both(const std::vector<std::string>& options, bool evaluate) const;

    base::Secret key_text_;
    base::SealKeys keys_;
    std::vector<engine::Mapping> mappings_;
    Outside outside_;
    Installation sqlite_;
    Installation postgres_;
    std::optional<Stage> first_;
    std::optional<Stage> again_;
    std::optional<Stage> in_full_;
    std::optional<Stage> changed_;
};

// What changed() does to the sources.
void change_sources(Outside& outside);

}  // namespace hrbridge::e2e
