#include <string_view>

#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kAll =
    "SELECT name, paused, paused_by, reason, last_start, next_start FROM job "
    "WHERE $1 = '' OR name = $1 ORDER BY name";
constexpr std::string_view kPause =
    "INSERT INTO job (name, paused, paused_by, reason, paused_at) VALUES ($1, $5, $2, $3, $4) "
    "ON CONFLICT (name) DO UPDATE SET paused = excluded.paused, paused_by = excluded.paused_by, "
    "reason = excluded.reason, paused_at = excluded.paused_at";
constexpr std::string_view kResume =
    "UPDATE job SET paused = $2, paused_by = NULL, reason = NULL, paused_at = NULL WHERE name = $1";
constexpr std::string_view kSetTimes =
    "INSERT INTO job (name, paused, last_start, next_start) VALUES ($1, $4, $2, $3) "
    "ON CONFLICT (name) DO UPDATE SET last_start = excluded.last_start, "
    "next_start = excluded.next_start";

model::Job read_job(const sql::Rows& rows) {
    model::Job job;
    job.name = rows.text(0);
    job.paused = rows.boolean(1);
    job.paused_by = rows.optional_text(2);
    job.reason = rows.optional_text(3);
    job.last_start = rows.optional_timestamp(4);
    job.next_start = rows.optional_timestamp(5);
    return job;
}

}  // namespace

std::optional<model::Job> JobRepository::find(const std::string& name) {
    const auto rows = connection_.query(kAll, {name});
    return !name.empty() && rows->next() ? std::optional{read_job(*rows)} : std::nullopt;
}

std::vector<model::Job> JobRepository::all() {
    std::vector<model::Job> jobs;
    const auto rows = connection_.query(kAll, {std::string{}});
    while (rows->next()) {
        jobs.push_back(read_job(*rows));
    }
    return jobs;
}

void JobRepository::pause(const std::string& name,
                          const std::string& by,
                          const std::string& reason,
                          base::Timestamp at) {
    connection_.execute(kPause, {name, by, reason, at, true});
}

void JobRepository::resume(const std::string& name) {
    connection_.execute(kResume, {name, false});
}

void JobRepository::set_times(const std::string& name,
                              std::optional<base::Timestamp> last_start,
                              std::optional<base::Timestamp> next_start) {
    connection_.execute(kSetTimes, {name, to_value(last_start), to_value(next_start), false});
}

}  // namespace hrbridge::store
