#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/seal.h"
#include "daemon/jobs/barred_rows.h"
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
    // Which rows are deleted instead; nullptr: none. `columns` are its columns.
    BarredRows* barred = nullptr;
    // Told of each batch that is committed. May be empty.
    std::function<void(const store::BatchOutcome&)> committed = {};
};

// What mapping kept rows again came to.
struct KeptRowsResult {
    std::int64_t rows = 0;    // looked at
    std::int64_t stored = 0;  // their rejects are closed
    std::int64_t unopened = 0;
    std::string first_unopened;  // which, and why
};

// One line for a person, when there were rows that could not be opened.
void note_unopened(const KeptRowsResult& result, std::vector<std::string>& notes);

// Maps kept rows again, without the source. Own batches, each committed with the checkpoint given,
// so that the reading's place does not move. Only under the mapping's lease: a sync in between
// would store a newer row that a kept one then overwrites.
class KeptRows {
  public:
    // `may_go_on` is asked before each batch; false ends the work, what is done stays done.
    KeptRows(const KeptRowsParts& parts, std::function<bool()> may_go_on)
        : parts_(parts), rejects_(parts.mapping, parts.columns), may_go_on_(std::move(may_go_on)) {}

    // Every open hold whose parent is there by now, or that waits for no single parent. Both add to
    // `result` batch by batch, so that it is true also when the store fails in between.
    void release(const store::Checkpoint& checkpoint, KeptRowsResult& result);
    // Every open reject and hold.
    void replay(const store::Checkpoint& checkpoint, KeptRowsResult& result);

  private:
    // The next ids behind this one, a batch's worth at most.
    using Page = std::function<std::vector<std::int64_t>(std::int64_t after)>;

    void map_pages(const Page& page, const store::Checkpoint& checkpoint, KeptRowsResult& result);
    // As many of the first as their rows' bytes allow (store/id_page.h), in a batch; gives their
    // number, at least one.
    std::size_t map_some(std::span<const std::int64_t> ids,
                         const store::Checkpoint& checkpoint,
                         KeptRowsResult& result);
    // Those of the block's rows with these ids that are barred go.
    void leave_out_barred(const std::vector<std::int64_t>& ids,
                          std::shared_ptr<base::RawBlock>& block);

    KeptRowsParts parts_;
    RejectRows rejects_;
    std::function<bool()> may_go_on_;
};

}  // namespace hrbridge::jobs
