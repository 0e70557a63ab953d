#pragma once

#include "daemon/base/time.h"

namespace hrbridge::base {

// Wall-clock bounds [local_from(a), local_to(b)) of which every instant in [a, b) has its reading,
// also for a system that takes the reading for the other of two instants. To that end a bound in an
// hour that the clocks show twice is moved out of it, a second before its begin or to its end: more
// is read, and nothing is skipped. All other bounds are zone.to_local().
LocalTime local_from(const Zone& zone, Timestamp from);
LocalTime local_to(const Zone& zone, Timestamp to);

}  // namespace hrbridge::base
