#include "daemon/pip/defect_places.h"

#include <algorithm>

namespace hrbridge::pip {
namespace {

// A shift reaches over one midnight; hours that say more are wrong.
constexpr std::chrono::days kReach{1};

}  // namespace

void DefectPlaces::add_defect(const MakingDay& made, std::int64_t pieces) {
    days_[{made.spell_id, made.operation_id, made.day}].defects += pieces;
}

void DefectPlaces::add_report(const Report& report) {
    const base::Date work = report.work.day;
    reach(report, work);
    if (report.started_at && zone_.date_of(*report.started_at) == work - kReach) {
        reach(report, work - kReach);
    }
    if (report.ended_at && zone_.date_of(*report.ended_at) == work + kReach) {
        reach(report, work + kReach);
    }
}

void DefectPlaces::reach(const Report& report, base::Date day) {
    const auto found = days_.find({report.work.spell_id, report.work.operation_id, day});
    if (found == days_.end()) {
        return;
    }
    Day& there = found->second;
    there.pieces += report.pieces;
    if (day == report.work.day) {
        there.reported = true;
    } else {
        there.next_best =
            there.next_best ? std::min(*there.next_best, report.work.day) : report.work.day;
    }
}

std::optional<base::Date> DefectPlaces::find(const MakingDay& made) const {
    const auto found = days_.find({made.spell_id, made.operation_id, made.day});
    if (found == days_.end() || found->second.defects > found->second.pieces) {
        return std::nullopt;
    }
    return found->second.reported ? std::optional(made.day) : found->second.next_best;
}

}  // namespace hrbridge::pip
