#include "daemon/store/login_attempts.h"

#include <string_view>

namespace hrbridge::store {
namespace {

constexpr std::string_view kForget = "DELETE FROM login_attempt WHERE expires_at <= $1";
// Behind the newest of them; SQLite has no OFFSET without a LIMIT.
constexpr std::string_view kMakeRoom =
    "DELETE FROM login_attempt WHERE state_hash IN (SELECT state_hash FROM login_attempt "
    "ORDER BY expires_at DESC LIMIT 1000000 OFFSET $1)";
constexpr std::string_view kMakeRoomOfPeer =
    "DELETE FROM login_attempt WHERE state_hash IN (SELECT state_hash FROM login_attempt "
    "WHERE peer = $2 ORDER BY expires_at DESC LIMIT 1000000 OFFSET $1)";
constexpr std::string_view kAdd =
    "INSERT INTO login_attempt (state_hash, browser_hash, peer, next_page, again, expires_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kTake =
    "DELETE FROM login_attempt WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3 "
    "RETURNING peer, next_page, again, expires_at";

}  // namespace

void LoginAttempts::add(const LoginAttempt& attempt, const Limits& limits, base::Timestamp now) {
    sql::Transaction transaction(connection_);
    connection_.execute(kForget, {now});
    connection_.execute(kMakeRoomOfPeer, {limits.of_peer - 1, attempt.peer});
    connection_.execute(kMakeRoom, {limits.all - 1});
    connection_.execute(kAdd,
                        {base::Bytes{attempt.state_hash},
                         base::Bytes{attempt.browser_hash},
                         attempt.peer,
                         attempt.next_page,
                         attempt.again,
                         attempt.expires_at});
    transaction.commit();
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
