#include "daemon/store/replica_store.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/error.h"

namespace hrbridge::store {
namespace {

constexpr std::chrono::seconds kPassedOverFor{10};
// So many positions are remembered of the time within which a standby may lag.
constexpr int kSamples = 20;

// Positions count bytes: https://www.postgresql.org/docs/15/functions-admin.html, 9.27.3
// and 9.27.4.
constexpr std::string_view kWritten =
    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint";
constexpr std::string_view kReplayed =
    "SELECT COALESCE(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0'), 0)::bigint";
constexpr std::string_view kStandby = "SELECT CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END";
constexpr std::string_view kOrigin =
    "SELECT system_identifier::text, current_database()::text, COALESCE(current_schema()::text, "
    "'') "
    "FROM pg_control_system()";

std::int64_t number(sql::Connection& connection, std::string_view sql) {
    const auto rows = connection.query(sql, {});
    return rows->next() ? rows->integer(0) : 0;
}

[[noreturn]] void refuse(std::string what) {
    throw base::StoreError("replica", base::Remedy::Stop, std::move(what));
}

}  // namespace

ReplicaStore::ReplicaStore(Parts parts, std::chrono::seconds most_lag)
    : parts_(std::move(parts)), most_lag_(most_lag), primary_(parts_.primary) {}

ReplicaStore::Origin ReplicaStore::origin_of(sql::Connection& connection) {
    const auto rows = connection.query(kOrigin, {});
    return rows->next() ? Origin{rows->text(0), rows->text(1), rows->text(2)} : Origin{};
}

std::unique_ptr<sql::Connection> ReplicaStore::connect() {
    const std::int64_t least = least_position();
    {
        const std::lock_guard lock(mutex_);
        if (passed_over_at_ && parts_.clock.monotonic() - *passed_over_at_ < kPassedOverFor) {
            return parts_.primary.connect();
        }
    }
    try {
        if (auto connection = connect_standby(least)) {
            const std::lock_guard lock(mutex_);
            passed_over_at_.reset();
            return connection;
        }
    } catch (const base::StoreError& error) {
        pass_over(error.code(), error.what());
    }
    return parts_.primary.connect();
}

void ReplicaStore::check() {
    least_position();
    require_standby(*parts_.standby->connect());
}

// What the standby must hold: the oldest position that it may lag behind, or what was written here.
std::int64_t ReplicaStore::least_position() {
    const std::int64_t position =
        primary_.use([this](sql::Connection& connection) { return ask_position(connection); });
    const std::lock_guard lock(mutex_);
    const auto now = parts_.clock.monotonic();
    while (!samples_.empty() && now - samples_.front().at > most_lag_) {
        samples_.pop_front();
    }
    if (samples_.empty() || now - samples_.back().at >= most_lag_ / kSamples) {
        samples_.push_back({now, position});
    }
    return std::max(written_, samples_.front().position);
}

// One caller at a time, so that nobody goes on between another's taking of the change and its
// position.
std::int64_t ReplicaStore::ask_position(sql::Connection& connection) {
    // Before the position is asked for, or a change between the two would be forgotten.
    const bool changed = changed_.exchange(false);
    try {
        const std::lock_guard lock(mutex_);
        if (!origin_) {
            origin_ = origin_of(connection);
        }
        const std::int64_t position = number(connection, kWritten);
        if (changed) {
            written_ = std::max(written_, position);
        }
        return position;
    } catch (...) {
        if (changed) {
            changed_ = true;
        }
        throw;
    }
}

std::unique_ptr<sql::Connection> ReplicaStore::connect_standby(std::int64_t least) {
    auto connection = parts_.standby->connect();
    require_standby(*connection);
    if (number(*connection, kReplayed) < least) {
        return nullptr;
    }
    return connection;
}

void ReplicaStore::require_standby(sql::Connection& connection) {
    if (number(connection, kStandby) == 0) {
        refuse("the server of store.replica is no standby: it does not follow the store's server");
    }
    const Origin found = origin_of(connection);
    const std::lock_guard lock(mutex_);
    if (found != *origin_) {
        refuse(
            fmt::format("store.replica leads to another server's data or another database than "
                        "the store (database {}, schema {}; the store's are {}, {})",
                        found.database,
                        found.schema,
                        origin_->database,
                        origin_->schema));
    }
}

void ReplicaStore::pass_over(const std::string& code, const std::string& why) {
    const std::lock_guard lock(mutex_);
    passed_over_at_ = parts_.clock.monotonic();
    parts_.log.warning("pages read from the store itself: its replica cannot be used",
                       {{"code", code}, {"error", why}});
}

}  // namespace hrbridge::store
