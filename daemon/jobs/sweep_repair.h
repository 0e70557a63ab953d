#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "daemon/jobs/reject_rows.h"
#include "daemon/jobs/sweep_bounds.h"
#include "daemon/jobs/sweep_mapper.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/row_spool_join.h"

namespace hrbridge::jobs {

// A key to be looked at again.
struct WantedKey {
    base::RowHash key;
    std::uint32_t block = 0;  // in which it came
    store::SweepDifference::Kind kind = store::SweepDifference::Kind::Changed;
};

// Looks a second time at the keys that differed: reads the blocks in which they came, and brings
// their rows into the store by the way of every other batch, or only previews it. What is the same
// by now was no difference.
class SweepRepair {
  public:
    struct Parts {
        const engine::Mapping& mapping;
        connectors::Connector& connector;
        const connectors::ReadRequest& request;  // of all columns; `after` is set for each reading
        const std::vector<std::string>& positions;  // by block
        SweepBounds& bounds;
        const store::Checkpoint& checkpoint;  // committed as it is
        bool dry_run = false;
        std::size_t show = 0;
        // What a reading needs, made for its columns; they stay the same.
        std::function<SweepMapper(const std::vector<base::DescribedColumn>&)> key_mapper;
        std::function<engine::Mapper(const std::vector<base::DescribedColumn>&)> mapper;
        std::function<std::unique_ptr<store::BatchWriter>(
            const std::vector<base::DescribedColumn>&)>
            writer;
        std::function<void(const store::BatchOutcome&)> committed;
    };
    SweepRepair(Parts parts, SweepReport& report);
    void run(std::vector<WantedKey> wanted, const std::stop_token& stop);

  private:
    // Rows that are written together: of one kind, pending or not.
    struct Pool {
        store::SweepDifference::Kind kind;
        bool pending;
        std::shared_ptr<base::RawBlock> rows;
    };
    struct Range {
        std::uint32_t first;
        std::uint32_t last;
        std::size_t keys;
    };

    std::vector<Range> ranges() const;
    void read(const Range& range, const std::stop_token& stop);
    void open(const std::vector<base::DescribedColumn>& columns);
    std::size_t pick(const base::RawBlock& block, const Range& range);
    void keep(const base::RawBlock& block, std::uint32_t row, Pool& pool);
    Pool& pool_of(store::SweepDifference::Kind kind, bool pending);
    void flush(Pool& pool);
    void stage(const Pool& pool);
    void name(const Pool& pool, const std::vector<store::RecordChange>& changes);
    void count(const Pool& pool, const store::BatchOutcome& outcome);

    Parts parts_;
    SweepReport& report_;
    std::vector<WantedKey> wanted_;  // by key
    std::vector<bool> found_;
    bool ties_ = false;
    std::array<Pool, 4> pools_;
    std::vector<base::DescribedColumn> columns_;
    std::optional<SweepMapper> key_mapper_;
    std::optional<engine::Mapper> mapper_;
    std::optional<RejectRows> rejects_;
    std::unique_ptr<store::BatchWriter> writer_;
    SweepMapper::Rows rows_;
    engine::MapOutcome mapped_;
};

}  // namespace hrbridge::jobs
