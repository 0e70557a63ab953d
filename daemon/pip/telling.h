#pragma once

#include <set>
#include <utility>
#include <vector>

#include "daemon/model/findings.h"
#include "daemon/pip/announce.h"
#include "daemon/store/repositories.h"

namespace hrbridge::pip {

// Who is told what of findings, in the caller's transaction. Of a rule and a person at most one
// warning is open: the card of its first month stands for the months in which it goes on. What was
// told and is no longer borne out is taken back from those who got it.
class Telling {
  public:
    // `announcer` null: nobody is told.
    Telling(store::sql::Connection& connection, const Announcer* announcer, base::Timestamp now)
        : connection_(connection), findings_(connection), announcer_(announcer), now_(now) {}

    // A warning in force; told once, whatever is evaluated again.
    void warn(std::int64_t finding_id);
    // A card that was not sent yet gets the warning's new numbers.
    void correct(std::int64_t finding_id);
    // Why a warning is none any more.
    using Why = Announcer::Why;
    // A finding that is no warning any more. Where nobody can be told now, what waits is withdrawn
    // and the finding keeps its card for take_back_what_is_left_over().
    void take_back(const model::Finding& finding, Why why);
    // Takes back what could not be taken back when it ceased to hold.
    void take_back_what_is_left_over(const std::string& kpi_code);
    // Tells, month by month, of the warnings in force whose card take_back() took away.
    void warn_of_the_left();
    // One a month, whatever is evaluated again.
    void digest(base::Date period, std::int64_t watches, double by_chance);

    const Announced& told() const { return told_; }

  private:
    void withdraw(const model::Finding& finding);
    void add(Announced announced);

    store::sql::Connection& connection_;
    store::FindingRepository findings_;
    const Announcer* announcer_;
    base::Timestamp now_;
    Announced told_;
    std::set<std::pair<base::Date, std::int64_t>> left_;  // month and finding
};

}  // namespace hrbridge::pip
