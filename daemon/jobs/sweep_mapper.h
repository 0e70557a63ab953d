#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/base/keyed_digest.h"
#include "daemon/jobs/sweep_report.h"
#include "daemon/store/row_spool.h"
#include "daemon/store/swept_rows.h"
#include "mappings/engine/mapper.h"

namespace hrbridge::jobs {

// Makes of a source's blocks what a sweep compares. Made for the columns of one source; one thread.
class SweepMapper {
  public:
    struct Setting {
        const engine::Mapping& mapping;
        const engine::Mapping& key_part;  // of the mapping
        const std::vector<base::DescribedColumn>& columns;
        base::Date today;
        const base::SealKeys* keys;
        SweepKind kind;
    };
    // All that `setting` refers to and `teller` outlive the mapper. Faults as of engine::Mapper.
    static base::Result<SweepMapper> make(const Setting& setting, store::RowTeller& teller);

    struct Rows {
        std::vector<store::SweepRow> rows;  // without their block
        std::vector<std::uint32_t> raw;     // each one's index in the raw block
        std::int64_t unkeyed = 0;           // rows without a key that could be mapped
    };
    // Replaces `out`. Rows that only fields beside the key refuse are there, unmapped.
    void map(const base::RawBlock& block, Rows& out);

  private:
    SweepMapper(const Setting& setting, store::RowTeller& teller, engine::Mapper keys);
    void add_good(const base::Batch& batch, Rows& out);
    void add_refused(const base::RawBlock& block,
                     const std::vector<engine::RowFault>& faults,
                     Rows& out);
    base::RowHash hash_of_bytes(const base::RawBlock& block, std::size_t row);

    const std::vector<base::DescribedColumn>* columns_;
    store::RowTeller* teller_;
    bool with_hashes_;
    engine::Mapper key_mapper_;
    std::optional<engine::Mapper> mapper_;  // of all fields
    std::optional<base::KeyedDigest> digest_;
    base::RowHasher hasher_;
    engine::MapOutcome mapped_;
    engine::MapOutcome mapped_keys_;
    std::vector<base::RowHash> key_hashes_;
    std::vector<base::RowHash> hashes_;
};

}  // namespace hrbridge::jobs
