#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::rehearsal {

enum class LoadOutcome {
    Done,
    Stopped,  // on request; goes on where it was
    Faults,   // the source is not as the mapping expects, or a rule stopped it: a person must act
    Failed,   // source or store; may go well the next time
};

struct LoadResult {
    LoadOutcome outcome = LoadOutcome::Done;
    std::string error;  // what went wrong and what to do next; no personal data
    base::Faults faults;
    std::vector<std::string> notes;
};

// What runs a mapping into a store. Each call goes on where an earlier one, perhaps of a process
// that was killed, has stopped; how far it is stands in `into` alone.
class Loader {
  public:
    virtual ~Loader() = default;
    // Reads the mapping's source from the beginning to its end.
    virtual LoadResult load(store::Store& into,
                            const engine::Mapping& mapping,
                            const std::stop_token& stop) = 0;
    // Maps the rows again that wait or were refused, without the source.
    virtual LoadResult replay(store::Store& into,
                              const engine::Mapping& mapping,
                              const std::stop_token& stop) = 0;
};

}  // namespace hrbridge::rehearsal
