#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "daemon/base/time.h"

namespace hrbridge::pip {

// Of the days around the months that are measured, for shifts that cross midnight there: defects of
// the days to which a shift of the months may reach, and all shifts that may reach into those days.
inline constexpr std::chrono::days kDefectsAround{1};
inline constexpr std::chrono::days kShiftsAround{2};

struct MakingDay {
    std::int64_t spell_id = 0;
    std::int64_t operation_id = 0;
    base::Date day;
};

// Finds for each defect the report of work that it can belong to: the same person's, at the same
// operation, of the day on which it was made, or of a shift that by its hours reached into that day
// across midnight. A day with more defects than pieces lacks reports, so that none of its defects
// is known to belong to those that are there.
class DefectPlaces {
  public:
    // `zone` is that of the plant, whose days are meant.
    explicit DefectPlaces(base::Zone zone) : zone_(std::move(zone)) {}

    // All defects come before the first report.
    void add_defect(const MakingDay& made, std::int64_t pieces);
    struct Report {
        MakingDay work;
        std::optional<base::Timestamp> started_at;
        std::optional<base::Timestamp> ended_at;
        std::int64_t pieces = 0;
    };
    void add_report(const Report& report);

    // The report's day; nullopt: there is none that the defect can belong to.
    std::optional<base::Date> find(const MakingDay& made) const;

  private:
    struct Day {
        std::int64_t defects = 0;
        std::int64_t pieces = 0;              // of all reports below
        bool reported = false;                // under its own date
        std::optional<base::Date> next_best;  // of a shift that reached into it
    };
    using Key = std::tuple<std::int64_t, std::int64_t, base::Date>;
    void reach(const Report& report, base::Date day);

    base::Zone zone_;
    std::map<Key, Day> days_;
};

}  // namespace hrbridge::pip
