#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "daemon/app/services.h"

namespace hrbridge::app {

struct FactRetention {
    std::int64_t rows = 0;  // deleted
    std::string put_off;    // why something is left for another night; empty: nothing is
};

// Moves the terms of facts to retention.facts_months and deletes what is older, one entity after
// the other while nothing reads its sources and nothing is rehearsed or promoted. The term goes by
// the newest day of the entity too, so that a clock that is wrong by years deletes nothing, and the
// rules' newest month keeps all the months before it that they look at. Throws StoreError.
FactRetention keep_facts_by_term(Services& services, const std::stop_token& stop);

}  // namespace hrbridge::app
