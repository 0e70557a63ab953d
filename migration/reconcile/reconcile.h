#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "migration/check/verdict.h"
#include "migration/ledger/bodies.h"
#include "migration/reconcile/source_reader.h"

// The whole content, source against rehearsal: an independent second reading of each source, mapped
// again, is held against the rows that the rehearsal's store has by now, value for value.
namespace hrbridge::reconcile {

enum class Mode {
    Full,
    // The source is not read again: the store's rows are read and held against the hashes that were
    // taken of the source's rows while they were loaded. What went wrong before that is not found.
    Quick,
};

// Rule ids of the verdicts, each of a mapping.
inline constexpr const char* kContent = "R01";  // every row and value that did not change since
// Rows whose source changed since the load, as far as its watermark tells: they cannot be compared
// with what was loaded any more, so that this is "not checked" when there are any.
inline constexpr const char* kMoved = "R02";
// No row of the source gave way to another of the same target key.
inline constexpr const char* kRepeated = "R03";

struct Parts {
    store::Store& side;          // the rehearsal's
    const base::SealKeys* keys;  // nullptr: mappings with sealed fields are not checked
    SourceReader* source;        // of Mode::Full alone
    base::Clock& clock;
    std::string folder;                                 // for hashes on disk, removed at the end
    std::int64_t rehearsal = 0;                         // its number
    std::vector<const engine::Mapping*> mappings = {};  // of the module
    std::size_t listed = 10'000;  // rows kept of a verdict; `failed` is exact all the same
    std::function<void(const engine::Mapping&)> begins = {};  // may be empty
};

struct Result {
    std::vector<check::Verdict> verdicts;
    std::vector<ledger::Reconciliation> entries;  // of each mapping that was compared
};

// One mapping after another. What cannot be read or opened gives "not checked" with the reason.
// Throws base::StoreError and base::Stopped.
Result reconcile(const Parts& parts, Mode mode);

}  // namespace hrbridge::reconcile
