#include <string_view>

#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"
#include "daemon/store/term_sql.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kAcquire =
    "INSERT INTO lease (name, holder, fencing_token, expires_at) VALUES ($1, $2, 1, {until}) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, "
    "fencing_token = lease.fencing_token + 1, expires_at = excluded.expires_at "
    "WHERE lease.expires_at <= {now} RETURNING fencing_token";
constexpr std::string_view kTakeOver =
    "UPDATE lease SET holder = $3, fencing_token = fencing_token + 1, expires_at = {until} "
    "WHERE name = $1 AND holder = $2 RETURNING fencing_token";
constexpr std::string_view kExtend =
    "UPDATE lease SET expires_at = {until} WHERE name = $1 AND fencing_token = $2 AND holder <> ''";
// The row stays, so that the next token is higher.
constexpr std::string_view kRelease =
    "UPDATE lease SET holder = '', expires_at = $3 WHERE name = $1 AND fencing_token = $2";
constexpr std::string_view kHolds =
    "SELECT fencing_token FROM lease WHERE name = $1 AND fencing_token = $2 AND holder <> ''";

}  // namespace

std::optional<std::int64_t> LeaseRepository::acquire(const std::string& name,
                                                     const std::string& holder,
                                                     base::Timestamp now,
                                                     std::chrono::seconds term) {
    return token_of(with_term(kAcquire, term_sql(connection_, "$3", "$4")),
                    {name, holder, now, now + term});
}

std::optional<std::int64_t> LeaseRepository::take_over(const std::string& name,
                                                       const std::string& from,
                                                       const std::string& holder,
                                                       base::Timestamp now,
                                                       std::chrono::seconds term) {
    return token_of(with_term(kTakeOver, term_sql(connection_, "$4", "$5")),
                    {name, from, holder, now, now + term});
}

std::optional<std::int64_t> LeaseRepository::token_of(std::string_view statement,
                                                      std::initializer_list<base::Value> values) {
    sql::Transaction transaction(connection_);
    std::optional<std::int64_t> token;
    {
        const auto rows = connection_.query(statement, values);
        if (rows->next()) {
            token = rows->integer(0);
        }
    }
    transaction.commit();
    return token;
}

bool LeaseRepository::extend(const std::string& name,
                             std::int64_t token,
                             base::Timestamp now,
                             std::chrono::seconds term) {
    return connection_.execute(with_term(kExtend, term_sql(connection_, "$3", "$4")),
                               {name, token, now, now + term}) == 1;
}

void LeaseRepository::release(const std::string& name, std::int64_t token) {
    connection_.execute(kRelease, {name, token, base::Timestamp{}});
}

bool LeaseRepository::holds(const std::string& name, std::int64_t token) {
    const auto rows =
        connection_.query(std::string(kHolds) + for_update(connection_), {name, token});
    return rows->next();
}

}  // namespace hrbridge::store
