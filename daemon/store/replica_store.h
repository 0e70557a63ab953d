#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/store/kept_connection.h"
#include "daemon/store/store.h"

namespace hrbridge::store {

// For who only reads: connections to a hot standby of a PostgreSQL store, as long as it holds
// everything that the store held `most_lag` ago and everything that this process has written, else
// to the store itself. Both are judged by positions in the write-ahead log, so no clock of a server
// matters, and a standby that hears nothing any more is found. Thread-safe.
class ReplicaStore final : public Store {
  public:
    struct Parts {
        Store& primary;  // outlives it
        std::unique_ptr<Store> standby;
        base::Clock& clock;
        base::Log& log;
    };

    explicit ReplicaStore(Parts parts, std::chrono::seconds most_lag = std::chrono::seconds(5));

    sql::Dialect dialect() const override { return parts_.primary.dialect(); }
    // Throws StoreError where the store itself is away, even if the standby is not: nobody could be
    // let in then. A standby that does not answer, or is none of this store, is passed over for a
    // while, and the log says so.
    std::unique_ptr<sql::Connection> connect() override;
    std::string describe() const override { return parts_.standby->describe(); }

    // What was written until now is seen in each connection that connect() gives from now on.
    void changed() { changed_ = true; }

    // Whether the standby is one of the store: its WAL's system identifier and database. Throws
    // StoreError that says what it is instead.
    void check();

  private:
    struct Origin {
        std::string server;
        std::string database;
        std::string schema;
        bool operator==(const Origin&) const = default;
    };
    struct Sample {
        std::chrono::nanoseconds at;
        std::int64_t position;
    };

    static Origin origin_of(sql::Connection& connection);
    std::int64_t least_position();
    std::int64_t ask_position(sql::Connection& connection);
    std::unique_ptr<sql::Connection> connect_standby(std::int64_t least);
    void require_standby(sql::Connection& connection);
    void pass_over(const std::string& code, const std::string& why);

    Parts parts_;
    std::chrono::nanoseconds most_lag_;
    KeptConnection primary_;
    std::atomic<bool> changed_ = false;
    std::mutex mutex_;
    std::deque<Sample> samples_;
    std::int64_t written_ = 0;  // the position behind what this process wrote
    std::optional<Origin> origin_;
    std::optional<std::chrono::nanoseconds> passed_over_at_;
};

}  // namespace hrbridge::store
