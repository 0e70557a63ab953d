#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"
#include "daemon/store/term_sql.h"

namespace hrbridge::store {
namespace {

// A start that another daemon made meanwhile has planned the next one already.
constexpr std::string_view kPlan =
    "INSERT INTO job (name, paused, next_start) VALUES ($1, $3, $2) ON CONFLICT (name) DO UPDATE "
    "SET next_start = excluded.next_start WHERE job.holder IS NULL AND "
    "(job.last_start = $4 OR (job.last_start IS NULL AND $5))";
constexpr std::string_view kAll =
    "SELECT name, paused, last_start, next_start, holder, held_until, attempts, "
    "CASE WHEN held_until > {now} THEN 0 ELSE 1 END FROM job WHERE $1 = '' OR name = $1 ORDER BY "
    "name";
constexpr std::string_view kTake =
    "UPDATE job SET holder = $2, held_until = {until}, last_start = $6, next_start = $5, "
    "attempts = 1 WHERE name = $1 AND holder IS NULL AND NOT paused";
constexpr std::string_view kTakeOver =
    "UPDATE job SET holder = $2, held_until = {until}, last_start = $6, next_start = $5, "
    "attempts = attempts + 1 WHERE name = $1 AND holder = $7 AND NOT paused";
constexpr std::string_view kExtend =
    "UPDATE job SET held_until = {until} WHERE holder = $1 RETURNING name";
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
    claim.over = rows.integer(7) != 0;
    return claim;
}

}  // namespace

void JobClaimRepository::plan(const std::string& job,
                              std::optional<base::Timestamp> next,
                              std::optional<base::Timestamp> last) {
    connection_.execute(kPlan, {job, to_value(next), false, to_value(last), !last.has_value()});
}

std::vector<model::JobClaim> JobClaimRepository::read(const std::string& job, base::Timestamp now) {
    std::vector<model::JobClaim> claims;
    const auto term = term_sql(connection_, "$2", "$2");
    const auto rows = connection_.query(with_term(kAll, term), {job, now});
    while (rows->next()) {
        claims.push_back(read_claim(*rows));
    }
    return claims;
}

std::optional<model::JobClaim> JobClaimRepository::find(const std::string& job,
                                                        base::Timestamp now) {
    std::vector<model::JobClaim> found;
    if (!job.empty()) {
        found = read(job, now);
    }
    return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

std::vector<model::JobClaim> JobClaimRepository::all(base::Timestamp now) {
    return read({}, now);
}

bool JobClaimRepository::take_planned(const Start& start, base::Timestamp planned) {
    return take(std::string(kTake) + " AND next_start = $7", start, {planned});
}

bool JobClaimRepository::take_on_demand(const Start& start, std::optional<base::Timestamp> last) {
    return take(std::string(kTake) + " AND (last_start = $7 OR (last_start IS NULL AND $8))",
                start,
                {to_value(last), !last.has_value()});
}

bool JobClaimRepository::take_over(const Start& start, const std::string& from) {
    return take(kTakeOver, start, {from});
}

bool JobClaimRepository::take(std::string_view statement,
                              const Start& start,
                              std::initializer_list<base::Value> conditions) {
    std::vector<base::Value> values{start.job,
                                    start.holder,
                                    start.now,
                                    start.now + start.term,
                                    to_value(start.next),
                                    start.began.value_or(start.now)};
    values.insert(values.end(), conditions);
    return connection_.execute(with_term(statement, term_sql(connection_, "$3", "$4")),
                               std::span<const base::Value>(values)) == 1;
}

std::set<std::string> JobClaimRepository::extend(const std::string& holder,
                                                 base::Timestamp now,
                                                 std::chrono::seconds term) {
    std::set<std::string> extended;
    const auto rows = connection_.query(with_term(kExtend, term_sql(connection_, "$2", "$3")),
                                        {holder, now, now + term});
    while (rows->next()) {
        extended.insert(rows->text(0));
    }
    return extended;
}

void JobClaimRepository::release(const std::string& job, const std::string& holder) {
    connection_.execute(kRelease, {job, holder});
}

void JobClaimRepository::hand_back(const std::string& job, const std::string& holder) {
    connection_.execute(kHandBack, {job, holder});
}

}  // namespace hrbridge::store
