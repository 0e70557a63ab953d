#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/result.h"
#include "migration/sampling/rank.h"

namespace hrbridge::sampling {

struct DrawStratum {
    std::string name;          // unique
    std::int64_t rows = 0;     // as the plan was made for
    std::int64_t sample = 0;   // at most rows
    std::int64_t reserve = 0;  // rows behind the sample that a growing one takes next
};

struct DrawRequest {
    std::vector<DrawStratum> strata;
    std::int64_t decoys = 0;
    // Stratum and key of rows that are checked in any case. They may be drawn like any other; those
    // that are not come as extras, which count for nothing. None becomes a decoy.
    std::set<std::pair<std::size_t, std::string>> must_check;
};

struct DrawnRow {
    std::size_t stratum = 0;  // place in the request
    std::string key;
    Digest rank;
};

struct Draw {
    // By stratum, each in the order of rank. A larger sample of the same seed begins with the same
    // rows of each stratum.
    std::vector<std::vector<DrawnRow>> sample;
    std::vector<std::vector<DrawnRow>> reserve;
    std::vector<DrawnRow> decoys;  // in the order of their decoy rank, whatever the stratum
    std::vector<DrawnRow> extras;  // by stratum and key; their rank is all zeros
};

// Draws in one pass over all keys of the lot, in any order, and holds sample, reserve and decoys
// only. A key is the canonical bytes of a row's source key, unique in its stratum. Not thread-safe.
class Drawer {
  public:
    // `sheet` is the seed of the decoys (sheet_seed).
    Drawer(const Digest& seed, const Digest& sheet, DrawRequest request);

    void offer(std::size_t stratum, std::string_view key);

    // Once, after the last key. A fault where a stratum had other rows than the plan was made for,
    // a key came twice among the drawn ones, a must-check row never came, or there were too few
    // rows outside sample and reserve for the decoys.
    base::Result<Draw> finish();

  private:
    // The rows of lowest rank; the one of highest rank is at the front.
    struct Lowest {
        std::size_t most = 0;
        std::vector<DrawnRow> rows;
        // Whether `rank` is among the lowest so far.
        bool takes(const Digest& rank) const;
        // Puts the row in; what had to leave for it, if anything, is left in `row`.
        bool put(DrawnRow& row);
        std::vector<DrawnRow> in_order();
    };

    void leave_outside(DrawnRow row);
    std::optional<base::Fault> fault_of(const Draw& draw) const;

    DrawRequest request_;
    Ranker sample_ranker_;
    Ranker decoy_ranker_;
    std::vector<Lowest> strata_;
    Lowest decoys_;
    std::vector<std::int64_t> seen_;
    std::set<std::pair<std::size_t, std::string>> missing_;
};

}  // namespace hrbridge::sampling
