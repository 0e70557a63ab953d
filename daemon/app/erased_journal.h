#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/people/journal.h"

namespace hrbridge::app {

// The journal beside the backups as it was when it was first asked for: a store is restored while
// no daemon runs, so that one reading tells of it, and no sync waits for a folder on a share that
// has gone. Thread-safe.
class ErasedJournal {
  public:
    explicit ErasedJournal(std::filesystem::path folder) : folder_(std::move(folder)) {}
    using Entries = std::shared_ptr<const std::vector<people::JournalEntry>>;
    // A fault is not kept: the next call reads again.
    base::Result<Entries> entries();
    // Something was added to it.
    void forget();

  private:
    std::filesystem::path folder_;
    std::mutex mutex_;
    Entries entries_;  // null: not read yet
};

}  // namespace hrbridge::app
