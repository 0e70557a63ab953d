#include "migration/rehearsal/rehearsal.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace hrbridge::rehearsal {
namespace {

constexpr std::array<std::string_view, 6> kStates{
    "preparing", "loading", "checking", "frozen", "promoted", "dropped"};
constexpr std::array<std::string_view, 5> kSteps{"create", "parents", "load", "settle", "roots"};

constexpr std::string_view kSelect =
    "SELECT id, module, number, project, plan_hash, mapping_set, state, actor, started_at, "
    "loaded_at, content_root FROM rehearsal WHERE ($1 = '' OR module = $1) "
    "ORDER BY module, number";
constexpr std::string_view kSelectSteps =
    "SELECT place, step, mapping, done, attempts, ended, microseconds, rows_done, rejects, problem "
    "FROM rehearsal_step WHERE rehearsal_id = $1 ORDER BY place";
constexpr std::string_view kSelectMappings =
    "SELECT mapping, mapping_hash, entity, rows_read, rows_stored, rows_rejected, rows_held "
    "FROM rehearsal_mapping WHERE rehearsal_id = $1 ORDER BY place";
constexpr std::string_view kSelectRejects =
    "SELECT mapping, kind, rule, rows_open FROM rehearsal_reject WHERE rehearsal_id = $1 "
    "ORDER BY mapping, kind, rule";

template <typename Enum, std::size_t N>
Enum from_name(const std::array<std::string_view, N>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        throw std::runtime_error(
            "a rehearsal's table holds a word that this program does not know");
    }
    return static_cast<Enum>(found - names.begin());
}

std::vector<Rehearsal> read_heads(store::sql::Connection& live, const std::string& module) {
    std::vector<Rehearsal> all;
    const auto rows = live.query(kSelect, {module});
    while (rows->next()) {
        Rehearsal each;
        each.id = rows->integer(0);
        each.module = rows->text(1);
        each.number = rows->integer(2);
        each.project = rows->text(3);
        each.plan_hash = rows->text(4);
        each.mapping_set = rows->text(5);
        each.state = from_name<State>(kStates, rows->text(6));
        each.actor = rows->text(7);
        each.started_at = rows->timestamp(8);
        each.loaded_at = rows->optional_timestamp(9);
        if (!rows->is_null(10)) {
            each.content_root = ledger::Digest::from_bytes(rows->bytes(10));
        }
        all.push_back(std::move(each));
    }
    return all;
}

void read_parts(store::sql::Connection& live, Rehearsal& out) {
    const auto steps = live.query(kSelectSteps, {out.id});
    while (steps->next()) {
        out.steps.push_back({static_cast<int>(steps->integer(0)),
                             from_name<StepKind>(kSteps, steps->text(1)),
                             steps->text(2),
                             std::get<bool>(steps->value(3)),
                             steps->integer(4),
                             steps->integer(5),
                             steps->integer(6),
                             steps->integer(7),
                             steps->integer(8),
                             steps->text(9)});
    }
    const auto mappings = live.query(kSelectMappings, {out.id});
    while (mappings->next()) {
        out.mappings.push_back({mappings->text(0),
                                mappings->text(1),
                                mappings->text(2),
                                mappings->integer(3),
                                mappings->integer(4),
                                mappings->integer(5),
                                mappings->integer(6)});
    }
    const auto rejects = live.query(kSelectRejects, {out.id});
    while (rejects->next()) {
        out.rejects.push_back(
            {rejects->text(0), rejects->text(1), rejects->text(2), rejects->integer(3)});
    }
}

}  // namespace

std::string_view to_string(State state) {
    return kStates.at(static_cast<std::size_t>(state));
}

std::string_view to_string(StepKind kind) {
    return kSteps.at(static_cast<std::size_t>(kind));
}

std::int64_t Rehearsal::microseconds() const {
    std::int64_t sum = 0;
    for (const Step& step : steps) {
        sum += step.microseconds;
    }
    return sum;
}

std::int64_t Rehearsal::rows_stored() const {
    std::int64_t sum = 0;
    for (const MappingCount& mapping : mappings) {
        sum += mapping.stored;
    }
    return sum;
}

std::int64_t Rehearsal::rows_rejected() const {
    std::int64_t sum = 0;
    for (const MappingCount& mapping : mappings) {
        sum += mapping.rejected + mapping.held;
    }
    return sum;
}

bool Rehearsal::was_cut_off() const {
    return std::any_of(
        steps.begin(), steps.end(), [](const Step& step) { return step.ended < step.attempts; });
}

std::vector<Rehearsal> list(store::sql::Connection& live, const std::string& module) {
    std::vector<Rehearsal> all = read_heads(live, module);
    for (Rehearsal& each : all) {
        read_parts(live, each);
    }
    return all;
}

std::optional<Rehearsal> find(store::sql::Connection& live,
                              const std::string& module,
                              std::int64_t number) {
    for (Rehearsal& each : list(live, module)) {
        if (each.number == number && each.module == module) {
            return std::move(each);
        }
    }
    return std::nullopt;
}

}  // namespace hrbridge::rehearsal
