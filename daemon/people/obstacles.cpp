#include "daemon/people/obstacles.h"

#include <fmt/format.h>

namespace hrbridge::people {
namespace {

constexpr const char* kPromotions =
    "SELECT module, rollback_until FROM promotion WHERE forgotten_at IS NULL ORDER BY id";
constexpr const char* kRehearsals =
    "SELECT module, number, state FROM rehearsal WHERE state <> 'dropped' ORDER BY id";

}  // namespace

std::vector<std::string> obstacles(store::sql::Connection& connection) {
    std::vector<std::string> found;
    {
        const auto rows = connection.query(kPromotions, {});
        while (rows->next()) {
            found.push_back(fmt::format(
                "the promotion of {} can be rolled back until {}, and keeps rows as they were for "
                "that; the night behind it they go",
                rows->text(0),
                base::to_string(rows->timestamp(1))));
        }
    }
    const auto rows = connection.query(kRehearsals, {});
    while (rows->next()) {
        found.push_back(fmt::format(
            "rehearsal {0}/{1} has people of its own: hrbridge migrate drop {0} {1}{2}",
            rows->text(0),
            rows->integer(1),
            rows->text(2) == "frozen" || rows->text(2) == "promoted" ? " --force" : ""));
    }
    return found;
}

std::string hold_of(store::sql::Connection& connection, std::int64_t person) {
    const auto rows =
        connection.query("SELECT reason FROM legal_hold WHERE person_id = $1", {person});
    return rows->next() ? rows->text(0) : std::string();
}

}  // namespace hrbridge::people
