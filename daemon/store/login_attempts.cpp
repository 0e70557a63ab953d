#include "daemon/store/login_attempts.h"

#include <string_view>

namespace hrbridge::store {
namespace {

constexpr std::string_view kForget = "DELETE FROM login_attempt WHERE expires_at <= $1";
constexpr std::string_view kCount = "SELECT count(*) FROM login_attempt";
constexpr std::string_view kCountOfPeer = "SELECT count(*) FROM login_attempt WHERE peer = $1";
constexpr std::string_view kAdd =
    "INSERT INTO login_attempt (state_hash, browser_hash, peer, next_page, again, expires_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kTake =
    "DELETE FROM login_attempt WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3 "
    "RETURNING peer, next_page, again, expires_at";

std::int64_t number(const std::unique_ptr<sql::Rows>& rows) {
    return rows->next() ? rows->integer(0) : 0;
}

}  // namespace

// Two that come at the same moment may both find the last place; the limit is against floods.
bool LoginAttempts::has_room(const std::string& peer, const Limits& limits) {
    return number(connection_.query(kCount, {})) < limits.all &&
           number(connection_.query(kCountOfPeer, {peer})) < limits.of_peer;
}

bool LoginAttempts::add(const LoginAttempt& attempt, const Limits& limits, base::Timestamp now) {
    sql::Transaction transaction(connection_);
    connection_.execute(kForget, {now});
    if (!has_room(attempt.peer, limits)) {
        return false;
    }
    connection_.execute(kAdd,
                        {base::Bytes{attempt.state_hash},
                         base::Bytes{attempt.browser_hash},
                         attempt.peer,
                         attempt.next_page,
                         attempt.again,
                         attempt.expires_at});
    transaction.commit();
    return true;
}

std::optional<LoginAttempt> LoginAttempts::take(const std::string& state_hash,
                                                const std::string& browser_hash,
                                                base::Timestamp now) {
    const auto rows =
        connection_.query(kTake, {base::Bytes{state_hash}, base::Bytes{browser_hash}, now});
    if (!rows->next()) {
        return std::nullopt;
    }
    return LoginAttempt{state_hash,
                        browser_hash,
                        rows->text(0),
                        rows->text(1),
                        rows->boolean(2),
                        rows->timestamp(3)};
}

}  // namespace hrbridge::store
