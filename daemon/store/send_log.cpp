#include "daemon/store/send_log.h"

#include <string_view>

namespace hrbridge::store {
namespace {

constexpr std::string_view kAdd = "INSERT INTO outbox_send (receiver, sent_at) VALUES ($1, $2)";
constexpr std::string_view kRemoveNewest =
    "DELETE FROM outbox_send WHERE id = (SELECT max(id) FROM outbox_send WHERE receiver = $1)";
constexpr std::string_view kNewest =
    "SELECT sent_at FROM outbox_send WHERE receiver = $1 AND sent_at > $2 "
    "ORDER BY sent_at DESC LIMIT 1 OFFSET $3";
constexpr std::string_view kCount = "SELECT count(*) FROM outbox_send WHERE sent_at >= $1";
constexpr std::string_view kPurge = "DELETE FROM outbox_send WHERE sent_at < $1";

}  // namespace

void SendLog::lock() {
    if (connection_.dialect() == sql::Dialect::Postgres) {
        connection_.execute("LOCK TABLE outbox_send IN SHARE ROW EXCLUSIVE MODE", {});
    }
}

void SendLog::add(const std::string& receiver, base::Timestamp at) {
    connection_.execute(kAdd, {receiver, at});
}

void SendLog::remove_newest(const std::string& receiver) {
    connection_.execute(kRemoveNewest, {receiver});
}

std::optional<base::Timestamp> SendLog::nth_newest(const std::string& receiver,
                                                   std::int64_t n,
                                                   base::Timestamp since) {
    const auto rows = connection_.query(kNewest, {receiver, since, n - 1});
    return rows->next() ? std::optional{rows->timestamp(0)} : std::nullopt;
}

std::int64_t SendLog::count_since(base::Timestamp since) {
    const auto rows = connection_.query(kCount, {since});
    rows->next();
    return rows->integer(0);
}

void SendLog::purge(base::Timestamp before) {
    connection_.execute(kPurge, {before});
}

}  // namespace hrbridge::store
