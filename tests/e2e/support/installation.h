#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "tests/e2e/support/outside.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::e2e {

// What one mapping's sync said of its run.
struct SyncCounts {
    std::string outcome;
    std::int64_t read = 0;
    std::int64_t inserted = 0;
    std::int64_t updated = 0;
    std::int64_t rejected = 0;  // all rules together
    std::int64_t held = 0;
    std::int64_t released = 0;
    std::int64_t duplicates = 0;

    std::int64_t written() const { return inserted + updated + released; }
    friend bool operator==(const SyncCounts&, const SyncCounts&) = default;
};
void PrintTo(const SyncCounts& counts, std::ostream* out);

using SyncReport = std::map<std::string, SyncCounts>;  // by mapping

// hrbridge as an operator sets it up on one machine: a folder with hrbridge.yaml, secrets and the
// shipped mappings and rules, and a store of its own. Every command is the built program's.
class Installation {
  public:
    // `kind` of the store: sqlite or postgres. All installations with the same `seal_keys` keep
    // comparable digests.
    Installation(const std::string& kind, const Outside& outside, const base::Secret& seal_keys);
    Installation(const Installation&) = delete;
    Installation& operator=(const Installation&) = delete;
    ~Installation();

    test::Finished run(std::vector<std::string> arguments) const;
    // `hrbridge sync all --once` with further options; throws with the program's output when its
    // exit code is another than `code`.
    SyncReport sync(const std::vector<std::string>& options = {}, int code = 0) const;

    store::Store& store() const { return *store_; }

  private:
    std::string kind_;
    test::TempDir folder_;
    std::string database_;  // of a PostgreSQL store
    std::unique_ptr<store::Store> store_;
};

}  // namespace hrbridge::e2e
