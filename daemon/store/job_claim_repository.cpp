#include <string_view>

#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kPlan =
    "INSERT INTO job (name, paused, next_start) VALUES ($1, $3, $2) ON CONFLICT (name) DO UPDATE "
    "SET next_start = excluded.next_start WHERE job.holder IS NULL";
constexpr std::string_view kAll =
    "SELECT name, paused, last_start, next_start, holder, held_until, attempts FROM job "
    "WHERE $1 = '' OR name = $1 ORDER BY name";
constexpr std::string_view kTake =
    "UPDATE job SET holder = $2, held_until = $4, last_start = $3, next_start = $5, attempts = 1 "
    "WHERE name = $1 AND holder IS NULL AND NOT paused";
constexpr std::string_view kTakeOver =
    "UPDATE job SET holder = $2, held_until = $4, last_start = $3, next_start = $5, "
    "attempts = attempts + 1 WHERE name = $1 AND holder = $6 AND NOT paused";
constexpr std::string_view kExtend = "UPDATE job SET held_until = $2 WHERE holder = $1";
constexpr std::string_view kRelease =
    "UPDATE job SET holder = NULL, held_until = NULL, attempts = 0 WHERE name = $1 AND holder = $2";
constexpr std::string_view kHandBack =
    "UPDATE job SET holder = '', attempts = attempts - 1 WHERE name = $1 AND holder = $2";

model::JobClaim read_claim(const sql::Rows& rows) {
    model::JobClaim claim;
    claim.name = rows.text(0);
    claim.paused = rows.boolean(1);
    claim.last_start = rows.optional_timestamp(2);
    claim.next_start = rows.optional_timestamp(3);
    claim.holder = rows.optional_text(4);
    claim.held_until = rows.optional_timestamp(5);
    claim.attempts = rows.integer(6);
    return claim;
}

}  // namespace

void JobClaimRepository::plan(const std::string& job, std::optional<base::Timestamp> next) {
    connection_.execute(kPlan, {job, to_value(next), false});
}

std::optional<model::JobClaim> JobClaimRepository::find(const std::string& job) {
    const auto rows = connection_.query(kAll, {job});
    return !job.empty() && rows->next() ? std::optional{read_claim(*rows)} : std::nullopt;
}

std::vector<model::JobClaim> JobClaimRepository::all() {
    std::vector<model::JobClaim> claims;
    const auto rows = connection_.query(kAll, {std::string{}});
    while (rows->next()) {
        claims.push_back(read_claim(*rows));
    }
    return claims;
}

bool JobClaimRepository::take_planned(const Start& start, base::Timestamp planned) {
    const std::string statement = std::string(kTake) + " AND next_start = $6";
    return connection_.execute(
               statement,
               {start.job, start.holder, start.now, start.until, to_value(start.next), planned}) ==
           1;
}

bool JobClaimRepository::take_on_demand(const Start& start) {
    return connection_.execute(
               kTake, {start.job, start.holder, start.now, start.until, to_value(start.next)}) == 1;
}

bool JobClaimRepository::take_over(const Start& start, const std::string& from) {
    return connection_.execute(
               kTakeOver,
               {start.job, start.holder, start.now, start.until, to_value(start.next), from}) == 1;
}

void JobClaimRepository::extend(const std::string& holder, base::Timestamp until) {
    connection_.execute(kExtend, {holder, until});
}

void JobClaimRepository::release(const std::string& job, const std::string& holder) {
    connection_.execute(kRelease, {job, holder});
}

void JobClaimRepository::hand_back(const std::string& job, const std::string& holder) {
    connection_.execute(kHandBack, {job, holder});
}

}  // namespace hrbridge::store
