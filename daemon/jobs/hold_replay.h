#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/seal.h"
#include "daemon/jobs/reject_rows.h"
#include "daemon/store/batch_writer.h"
#include "mappings/engine/mapper.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::jobs {

struct KeptRowsParts {
    store::sql::Connection& connection;
    store::BatchWriter& writer;
    engine::Mapper& mapper;
    const engine::Mapping& mapping;
    const std::vector<base::DescribedColumn>& columns;
    const base::SealKeys* keys;
};

// Maps kept rows again, without the source. Own batches, each committed with the checkpoint given,
// so that the reading's place does not move.
class KeptRows {
  public:
    explicit KeptRows(const KeptRowsParts& parts)
        : parts_(parts), rejects_(parts.mapping, parts.columns) {}

    // Maps every open hold again whose parent is there by now (or that waits for no single parent)
    // and gives how many were stored. `before_batch` is called before each batch.
    std::int64_t release(const store::Checkpoint& checkpoint,
                         std::vector<std::string>& notes,
                         const std::function<void()>& before_batch);
    // Gives how many of the rows were stored. Rows that cannot be opened are named in `notes`.
    std::int64_t replay(const std::vector<std::int64_t>& ids,
                        const store::Checkpoint& checkpoint,
                        std::vector<std::string>& notes);

  private:
    std::int64_t replay_some(const std::vector<std::int64_t>& ids,
                             const store::Checkpoint& checkpoint,
                             std::vector<std::string>& notes);

    KeptRowsParts parts_;
    RejectRows rejects_;
};

}  // namespace hrbridge::jobs
