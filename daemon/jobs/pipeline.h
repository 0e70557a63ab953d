#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>

#include "connectors/connector.h"
#include "daemon/base/clock.h"
#include "daemon/store/batch_writer.h"
#include "mappings/engine/mapper.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::jobs {

// How one byte budget is split. Blocks in flight between the stages are few and recycled; what is
// kept until the commit (packed copies of rows that a rule may still refuse) has its own share and
// ends the batch when it is used up, so that memory does not grow with the batch.
struct PipelineLimits {
    std::size_t bytes = 16U << 20U;
    std::int64_t batch_rows = 50'000;
    std::int64_t batch_bytes = 64LL << 20;  // streamed through one transaction, not held
    // A batch's transaction keeps other writers waiting (SQLite has one at a time, and a callback
    // waits for 3 seconds only): it ends when the source gives nothing for so long, and when it is
    // as old as this.
    std::chrono::milliseconds patience{500};
    std::chrono::milliseconds batch_age{1000};

    std::size_t block_bytes() const { return bytes / 32; }
    std::size_t kept_bytes() const { return bytes / 12; }
};

struct Progress {
    std::int64_t rows_read = 0;  // of this run
    double rows_per_second = 0;
};

// Called in the caller's thread.
struct PipelineHooks {
    // Commits the staged batch with this checkpoint, or previews it. False ends the reading.
    std::function<bool(const store::Checkpoint&)> commit;
    std::function<void(const Progress&)> progress;  // after each block; may be empty
};

struct PipelineParts {
    connectors::Source& source;
    engine::Mapper& mapper;
    const engine::Mapping& mapping;
    store::BatchWriter& writer;
    base::Clock& clock;
    bool keep_rows = false;  // the batch plan has references or rules, or a reject is open
};

enum class PipelineEnd {
    AtTheEnd,  // all was read; the last commit had complete = true
    Early,     // the commit hook said so
    Stopped,   // on request: what was staged is committed, the rest is not read
};

// Moves the rows of one open source through the mapper into the writer: a reader's and a mapper's
// thread beside the caller's, which writes. Batches are cut between blocks. `start` says where the
// reading stands and gives all but position and completeness of the checkpoints; the last batch is
// committed even without rows.
//
// When the source fails (base::SystemError, connectors::PutOff), what it gave before is committed,
// then its error is thrown. Any other exception of any thread ends all three and is thrown here,
// after the open batch was abandoned. No thread outlives the call.
PipelineEnd run_pipeline(const PipelineParts& parts,
                         const PipelineLimits& limits,
                         const store::Checkpoint& start,
                         const PipelineHooks& hooks,
                         const std::stop_token& stop);

}  // namespace hrbridge::jobs
