#include "daemon/store/lateness_repository.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>

#include "daemon/store/local_transaction.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kAdd =
    "INSERT INTO lateness (mapping, up_to_s, rows_late, latest_s, deepest_s, last_seen) VALUES "
    "($1, $2, $3, $4, $5, $6) ON CONFLICT (mapping, up_to_s) DO UPDATE SET rows_late = "
    "lateness.rows_late + excluded.rows_late, latest_s = CASE WHEN excluded.latest_s > "
    "lateness.latest_s THEN excluded.latest_s ELSE lateness.latest_s END, deepest_s = CASE WHEN "
    "excluded.deepest_s > lateness.deepest_s THEN excluded.deepest_s ELSE lateness.deepest_s END, "
    "last_seen = excluded.last_seen";
constexpr std::string_view kAll =
    "SELECT mapping, CAST(sum(rows_late) AS bigint), max(latest_s), max(deepest_s) FROM lateness "
    "GROUP BY mapping ORDER BY mapping";

std::int64_t bucket_of(std::int64_t late_s) {
    for (const double bound : lateness_buckets()) {
        if (static_cast<double>(late_s) <= bound) {
            return static_cast<std::int64_t>(bound);
        }
    }
    return std::numeric_limits<std::int64_t>::max();
}

}  // namespace

const std::vector<double>& lateness_buckets() {
    static const std::vector<double> kBuckets{
        10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14'400, 43'200, 86'400, 604'800};
    return kBuckets;
}

void LatenessRepository::add(const std::string& mapping,
                             const std::vector<LateRow>& rows,
                             base::Timestamp now) {
    std::map<std::int64_t, Lateness> buckets;
    for (const LateRow& row : rows) {
        Lateness& bucket = buckets[bucket_of(row.late_s)];
        ++bucket.rows;
        bucket.latest_s = std::max(bucket.latest_s, row.late_s);
        bucket.deepest_s = std::max(bucket.deepest_s, row.behind_s);
    }
    LocalTransaction transaction(connection_);
    for (const auto& [bound, bucket] : buckets) {
        connection_.execute(kAdd,
                            {mapping, bound, bucket.rows, bucket.latest_s, bucket.deepest_s, now});
    }
    transaction.commit();
}

std::vector<Lateness> LatenessRepository::all() {
    std::vector<Lateness> found;
    const auto rows = connection_.query(kAll, {});
    while (rows->next()) {
        found.push_back({rows->text(0), rows->integer(1), rows->integer(2), rows->integer(3)});
    }
    return found;
}

}  // namespace hrbridge::store
