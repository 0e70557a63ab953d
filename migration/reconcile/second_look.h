#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/store/row_spool_join.h"
#include "migration/reconcile/findings.h"
#include "migration/reconcile/source_reader.h"
#include "migration/reconcile/source_rows.h"

namespace hrbridge::reconcile {

// Reads the blocks in which differences lay once more, to say what differs value by value. A row
// that no longer differs then was written in its source meanwhile: it is named as moved.
class SecondLook {
  public:
    struct Parts {
        SourceReader& reader;
        const engine::Mapping& mapping;
        SourceRows& rows;
        TargetRows& target;
        const std::vector<std::string>& positions;  // of the source's blocks
        std::optional<std::int64_t> moved_from;  // watermarks from here on changed since the load
        Findings& findings;
    };
    explicit SecondLook(Parts parts) : parts_(std::move(parts)) {}

    // Changed and added ones.
    void run(std::vector<store::SweepDifference> wanted);

  private:
    struct Wanted {
        store::SweepDifference difference;
        bool found = false;
    };
    // A row of the block under way whose key is wanted.
    struct Seen {
        Wanted* wanted;
        std::size_t row;
    };
    bool take(const base::RawBlock& block);
    Wanted* find(const store::SweepRow& row);
    void judge(const std::vector<Seen>& seen);
    void judge(const Seen& seen, const std::map<std::int64_t, TargetCells>& stored);
    Findings::Since since(std::int64_t watermark) const;
    void name_rest();

    Parts parts_;
    std::vector<Wanted> wanted_;  // by key
    std::size_t left_ = 0;
    std::string last_position_;
    std::vector<store::SweepRow> mapped_;
};

}  // namespace hrbridge::reconcile
