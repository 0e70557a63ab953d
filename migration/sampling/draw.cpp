#include "migration/sampling/draw.h"

#include <algorithm>
#include <tuple>

#include <fmt/core.h>

namespace hrbridge::sampling {
namespace {

bool before(const DrawnRow& a, const DrawnRow& b) {
    return std::tie(a.rank, a.key) < std::tie(b.rank, b.key);
}

std::optional<base::Fault> repeated(const std::vector<DrawnRow>& rows, const std::string& stratum) {
    const auto twice =
        std::adjacent_find(rows.begin(), rows.end(), [](const DrawnRow& a, const DrawnRow& b) {
            return a.rank == b.rank;
        });
    if (twice == rows.end()) {
        return std::nullopt;
    }
    return base::Fault{"stratum " + stratum,
                       "a key came twice; a row must be one row of the lot, so put all columns of "
                       "the key into it"};
}

}  // namespace

bool Drawer::Lowest::takes(const Digest& rank) const {
    return rows.size() < most || (most > 0 && rank < rows.front().rank);
}

bool Drawer::Lowest::put(DrawnRow& row) {
    const bool full = rows.size() == most;
    if (full) {
        std::pop_heap(rows.begin(), rows.end(), before);
        std::swap(rows.back(), row);
    } else {
        rows.push_back(std::move(row));
    }
    std::push_heap(rows.begin(), rows.end(), before);
    return full;
}

std::vector<DrawnRow> Drawer::Lowest::in_order() {
    std::sort_heap(rows.begin(), rows.end(), before);
    return std::move(rows);
}

Drawer::Drawer(const Digest& seed, const Digest& sheet, DrawRequest request)
    : request_(std::move(request)),
      sample_ranker_(Order::Sample, seed),
      decoy_ranker_(Order::Decoy, sheet),
      seen_(request_.strata.size(), 0),
      missing_(request_.must_check) {
    for (const DrawStratum& stratum : request_.strata) {
        strata_.push_back({static_cast<std::size_t>(stratum.sample + stratum.reserve), {}});
    }
    decoys_.most = static_cast<std::size_t>(request_.decoys);
}

void Drawer::offer(std::size_t stratum, std::string_view key) {
    ++seen_[stratum];
    if (!missing_.empty()) {
        missing_.erase({stratum, std::string(key)});
    }
    DrawnRow row{stratum, {}, sample_ranker_.of(request_.strata[stratum].name, key)};
    Lowest& lowest = strata_[stratum];
    const bool taken = lowest.takes(row.rank);
    if (!taken && decoys_.most == 0) {
        return;
    }
    row.key = key;
    // Whoever leaves is outside for good, because the others' ranks only get lower.
    if (!taken || lowest.put(row)) {
        leave_outside(std::move(row));
    }
}

void Drawer::leave_outside(DrawnRow row) {
    if (decoys_.most == 0) {
        return;
    }
    row.rank = decoy_ranker_.of(request_.strata[row.stratum].name, row.key);
    if (decoys_.takes(row.rank) && !request_.must_check.contains({row.stratum, row.key})) {
        decoys_.put(row);
    }
}

base::Result<Draw> Drawer::finish() {
    Draw draw;
    auto extras = request_.must_check;
    for (std::size_t h = 0; h < strata_.size(); ++h) {
        std::vector<DrawnRow> rows = strata_[h].in_order();
        if (const auto fault = repeated(rows, request_.strata[h].name)) {
            return *fault;
        }
        const auto sampled =
            std::min(rows.size(), static_cast<std::size_t>(request_.strata[h].sample));
        const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(sampled);
        draw.reserve.emplace_back(std::make_move_iterator(middle),
                                  std::make_move_iterator(rows.end()));
        rows.erase(middle, rows.end());
        for (const DrawnRow& row : rows) {
            extras.erase({h, row.key});
        }
        draw.sample.push_back(std::move(rows));
    }
    draw.decoys = decoys_.in_order();
    for (const auto& [stratum, key] : extras) {
        draw.extras.push_back({stratum, key, {}});
    }
    if (const auto fault = fault_of(draw)) {
        return *fault;
    }
    return draw;
}

std::optional<base::Fault> Drawer::fault_of(const Draw& draw) const {
    for (std::size_t h = 0; h < seen_.size(); ++h) {
        const DrawStratum& stratum = request_.strata[h];
        if (seen_[h] != stratum.rows) {
            return base::Fault{"stratum " + stratum.name,
                               fmt::format("the plan was made for {} rows, but there are {}; the "
                                           "frozen rows are other ones, so make a new plan",
                                           stratum.rows,
                                           seen_[h])};
        }
    }
    if (!missing_.empty()) {
        return base::Fault{
            "stratum " + request_.strata[missing_.begin()->first].name,
            fmt::format("{} rows that must be checked are not among the frozen rows; choose them "
                        "from those",
                        missing_.size())};
    }
    if (draw.decoys.size() < decoys_.most) {
        return base::Fault{"decoys",
                           fmt::format("{} of {} decoys have a row outside the sample; plant fewer",
                                       draw.decoys.size(),
                                       decoys_.most)};
    }
    return repeated(draw.decoys, "of decoys");
}

}  // namespace hrbridge::sampling
