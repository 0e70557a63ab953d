#include "migration/promotion/go_list.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "daemon/store/side_store.h"
#include "migration/promotion/newer_rows.h"
#include "migration/rehearsal/record.h"

namespace hrbridge::promotion {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

GoItem item(bool go, const char* name, std::map<std::string, std::string> values = {}) {
    return {go, {fmt::format("{}_{}", go ? "go" : "no", name), std::move(values)}};
}

GoItem signatures(const Known& known) {
    return item(
        known.gate.stands, "signatures", {{"count", std::to_string(known.gate.obstacles.size())}});
}

GoItem state(const Known& known) {
    return item(known.rehearsal.state == rehearsal::State::Frozen,
                "state",
                {{"number", std::to_string(known.rehearsal.number)},
                 {"state", std::string(to_string(known.rehearsal.state))}});
}

GoItem same_mappings(const Known& known) {
    const auto set =
        rehearsal::mapping_set(project::mappings_of(known.module, known.mappings)).hex();
    return item(set == known.rehearsal.mapping_set, "mappings");
}

// A row that a mapping outside of the module wrote would be taken for one that is gone.
GoItem sole_writers(const Known& known) {
    const auto entities = project::entities_of(known.module, known.mappings);
    std::string others;
    for (const engine::Mapping& mapping : known.mappings) {
        const auto& own = known.module.mappings;
        if (std::find(own.begin(), own.end(), mapping.name) == own.end() &&
            std::find(entities.begin(), entities.end(), mapping.entity) != entities.end()) {
            others += (others.empty() ? "" : ", ") + mapping.name;
        }
    }
    return item(others.empty(), "writers", {{"mappings", others}});
}

GoItem cut_over(const Known& known) {
    constexpr std::int64_t kMicroseconds = 1000;
    const std::int64_t took = known.rehearsal.microseconds();
    const std::int64_t window = known.module.cut_over_ms * kMicroseconds;
    const bool fits = took <= window && !known.rehearsal.was_cut_off();
    return item(fits,
                known.rehearsal.was_cut_off() ? "cut_off" : "cut_over",
                {{"seconds", std::to_string(took / kMillion)},
                 {"window", std::to_string(window / kMillion)}});
}

// SQLite: the transaction's rows are in the log before they are in the file.
std::optional<GoItem> room(const Known& known) {
    if (known.parts.live.kind == "postgres") {
        return std::nullopt;  // the disk is the server's
    }
    constexpr std::uintmax_t kTimes = 3;
    std::error_code failed;
    const auto side = store::side_options(known.parts.live, known.rehearsal.side());
    const auto size = std::filesystem::file_size(side.path, failed);
    const auto space = std::filesystem::space(
        std::filesystem::absolute(known.parts.live.path).parent_path(), failed);
    constexpr std::uintmax_t kMebi = std::uintmax_t{1} << 20U;
    return item(!failed && space.available >= size * kTimes,
                "room",
                {{"free", std::to_string(failed ? 0 : space.available / kMebi)},
                 {"need", std::to_string(failed ? 0 : size * kTimes / kMebi)}});
}

}  // namespace

std::vector<GoItem> look_ahead(const Known& known) {
    std::vector<GoItem> items{signatures(known),
                              state(known),
                              same_mappings(known),
                              sole_writers(known),
                              cut_over(known)};
    if (auto disk = room(known)) {
        items.push_back(std::move(*disk));
    }
    return items;
}

GoItem look_at_gone(const project::Module& module, const std::vector<EntityCount>& entities) {
    std::string too_many;
    std::int64_t gone = 0;
    for (const EntityCount& count : entities) {
        gone += count.gone;
        if (count.gone * kMillion > count.live_before() * module.volume_ppm) {
            too_many += fmt::format("{}{} ({} / {})",
                                    too_many.empty() ? "" : ", ",
                                    count.entity,
                                    count.gone,
                                    count.live_before());
        }
    }
    return item(too_many.empty(),
                "gone",
                {{"rows", std::to_string(gone)},
                 {"entities", too_many},
                 {"limit", fmt::format("{}", static_cast<double>(module.volume_ppm) / 10'000)}});
}

GoItem look_at_newer(const ModulePlan& plan,
                     const std::vector<EntityCount>& entities,
                     std::int64_t accepted) {
    std::int64_t all = 0;
    std::int64_t lost = 0;
    std::string named;
    for (const EntityCount& count : entities) {
        all += count.newer;
        if (count.newer == 0 || reads_again(plan, count.entity)) {
            continue;
        }
        lost += count.newer;
        named += fmt::format("{}{} ({})", named.empty() ? "" : ", ", count.entity, count.newer);
    }
    return item(
        lost <= accepted,
        all == 0    ? "none_newer"
        : lost == 0 ? "newer"
                    : "lost",
        {{"all", std::to_string(all)}, {"rows", std::to_string(lost)}, {"entities", named}});
}

}  // namespace hrbridge::promotion
