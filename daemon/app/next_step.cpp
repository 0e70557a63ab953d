#include "daemon/app/next_step.h"

#include <fmt/format.h>

#include "migration/spot_check/draws.h"

namespace hrbridge::app {
namespace {

using rehearsal::State;

std::string of_frozen(store::sql::Connection& live, const rehearsal::Rehearsal& frozen) {
    const auto draw = spot_check::newest_draw(live, frozen.module, frozen.number);
    if (!draw) {
        return fmt::format("hrbridge migrate draw {} {} --nonce …", frozen.module, frozen.number);
    }
    const char* const command = draw->state == spot_check::DrawState::Closed ? "go" : "sheet";
    return fmt::format("hrbridge migrate {} {} {}", command, frozen.module, frozen.number);
}

}  // namespace

std::string next_step(store::sql::Connection& live,
                      const project::Module& module,
                      const rehearsal::Rehearsal* newest) {
    if (newest == nullptr || !newest->is_loaded()) {
        return "hrbridge migrate rehearse " + module.name;
    }
    switch (newest->state) {
        case State::Checking:
            return "hrbridge migrate check " + module.name;
        case State::Frozen:
            return of_frozen(live, *newest);
        case State::Promoted:
            return "hrbridge store verify";
        case State::Preparing:
        case State::Loading:
        case State::Dropped:
            break;
    }
    return "hrbridge migrate rehearse " + module.name;
}

}  // namespace hrbridge::app
