#include "migration/sampling/size.h"

#include <limits>

#include "migration/sampling/bisect.h"

namespace hrbridge::sampling {

std::optional<std::int64_t> smallest_sample(
    std::int64_t rows, std::int64_t bad, std::int64_t allowed, Share risk, Share sensitivity) {
    const auto safe = [&](std::int64_t sample) {
        return accepts_at_most(risk, {rows, sample, sensitivity}, bad, allowed);
    };
    if (!safe(rows)) {
        return std::nullopt;
    }
    // From below, because a sample of half a large lot is dear to judge and hardly ever the answer.
    return first_that_holds_after(0, rows, safe);
}

std::int64_t smallest_endless_sample(Share limit,
                                     std::int64_t allowed,
                                     Share risk,
                                     Share sensitivity) {
    return first_that_holds_after(
        0, std::numeric_limits<std::int64_t>::max() / 4, [&](std::int64_t sample) {
            return endless_accepts_at_most(risk, sample, limit, allowed, sensitivity);
        });
}

std::int64_t upper_limit(const Check& check, std::int64_t found, Share confidence) {
    return first_that_holds_after(found,
                                  check.rows,
                                  [&](std::int64_t bad) {
                                      return accepts_at_most(confidence.rest(), check, bad, found);
                                  }) -
           1;
}

}  // namespace hrbridge::sampling
