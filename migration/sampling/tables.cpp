#include "migration/sampling/tables.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "migration/sampling/size.h"

namespace hrbridge::sampling {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQ";
constexpr std::array<std::int64_t, 14> kLargestLots{
    8, 15, 25, 50, 90, 150, 280, 500, 1'200, 3'200, 10'000, 35'000, 150'000, 500'000};
constexpr std::array<std::int64_t, 15> kSamples{
    2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1'250};
constexpr std::array<Share, 11> kAqls{Share{65, 100'000},
                                      Share{10, 10'000},
                                      Share{15, 10'000},
                                      Share{25, 10'000},
                                      Share{40, 10'000},
                                      Share{65, 10'000},
                                      Share{10, 1'000},
                                      Share{15, 1'000},
                                      Share{25, 1'000},
                                      Share{40, 1'000},
                                      Share{65, 1'000}};
// Letters and AQLs both grow by about 10^(1/5), so the table is the same along its diagonals: Ac 0
// lies where the places of letter and AQL add up to 10, Ac 1 three further, then one each.
constexpr std::size_t kNoneAllowed = 10;
constexpr std::size_t kOneAllowed = 13;
constexpr std::array<std::int64_t, 8> kAllowed{1, 2, 3, 5, 7, 10, 14, 21};
constexpr std::size_t kMostAllowed = kOneAllowed + kAllowed.size() - 1;

// The diagonal of the plan to which the arrow of this one points; itself where there is none.
std::size_t behind_arrows(std::size_t diagonal) {
    if (diagonal <= kNoneAllowed + 1) {
        return kNoneAllowed;
    }
    return std::clamp(diagonal, kOneAllowed, kMostAllowed);
}

std::size_t place_of_lot(std::int64_t rows) {
    return static_cast<std::size_t>(
        std::lower_bound(kLargestLots.begin(), kLargestLots.end(), rows) - kLargestLots.begin());
}

}  // namespace

std::optional<LimitingQualityPlan> limiting_quality_plan(std::int64_t rows,
                                                         Share limiting_quality,
                                                         std::int64_t allowed) {
    const std::int64_t bad = bad_at_limit(rows, limiting_quality);
    const auto sample = smallest_sample(rows, bad, allowed, kLimitingRisk);
    if (!sample) {
        return std::nullopt;
    }
    return LimitingQualityPlan{*sample, allowed, acceptance({rows, *sample}, bad, allowed)};
}

std::optional<char> code_letter(std::int64_t rows) {
    if (rows < 2) {
        return std::nullopt;
    }
    return kLetters[place_of_lot(rows)];
}

std::span<const Share> aqls() {
    return kAqls;
}

std::optional<AqlPlan> aql_plan(std::int64_t rows, Share aql) {
    const auto* const column = std::find(kAqls.begin(), kAqls.end(), aql);
    if (rows < 2 || column == kAqls.end()) {
        return std::nullopt;
    }
    const auto place = static_cast<std::size_t>(column - kAqls.begin());
    const std::size_t diagonal = behind_arrows(place_of_lot(rows) + place);
    const std::size_t letter = diagonal - place;
    AqlPlan plan;
    plan.letter = kLetters[letter];
    plan.sample = std::min(rows, kSamples[letter]);
    plan.allowed = diagonal == kNoneAllowed ? 0 : kAllowed[diagonal - kOneAllowed];
    plan.let_through = upper_limit({rows, plan.sample}, plan.allowed, kLimitingRisk.rest());
    plan.limiting_quality = static_cast<double>(plan.let_through + 1) / static_cast<double>(rows);
    return plan;
}

}  // namespace hrbridge::sampling
