#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/people/erasure.h"

// Backups hold people who were erased since. A file beside them says by digests who must be erased
// again behind a restore; it tells nothing to who lacks the seal keys.
namespace hrbridge::people {

inline constexpr const char* kJournalFile = "erased.jsonl";

struct JournalEntry {
    base::Timestamp at;
    std::string uid;         // erasure.uid; empty where numbers were lifted
    std::string digests_by;  // as erasure.digests_by
    Numbers numbers;
    bool lifted = false;  // these numbers are somebody else's now
};

// Adds an entry in one write and syncs it; the file is made for the folder's owner alone, whoever
// makes it. Throws base::SystemError.
void append_journal(const std::filesystem::path& folder, const JournalEntry& entry);

// Those of the folder, oldest first; none where there is no file. A line that was cut off is no
// entry; another one that cannot be read, and a file that cannot, is a fault.
base::Result<std::vector<JournalEntry>> read_journal(const std::filesystem::path& folder);

}  // namespace hrbridge::people
