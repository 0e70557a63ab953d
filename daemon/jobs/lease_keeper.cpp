#include "daemon/jobs/lease_keeper.h"

#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/jobs/lease_holder.h"
#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

std::string holder_of(store::sql::Connection& connection, const std::string& lease) {
    const auto rows = connection.query("SELECT holder FROM lease WHERE name = $1", {lease});
    return rows->next() ? rows->text(0) : std::string();
}

}  // namespace

LeaseKeeper::LeaseKeeper(const Parts& parts, std::string name, std::chrono::seconds term)
    : parts_(parts), name_(std::move(name)), term_(term), token_(take()) {
    extended_at_ = parts_.clock.monotonic().count();
    thread_ = std::jthread([this](const std::stop_token& stop) { keep(stop); });
}

std::int64_t LeaseKeeper::take() {
    const auto connection = parts_.store.connect();
    store::LeaseRepository leases(*connection);
    const base::Timestamp now = parts_.clock.now();
    std::optional<std::int64_t> token = leases.acquire(name_, new_holder(), now, term_);
    if (!token) {
        const std::string holder = holder_of(*connection, name_);
        if (is_gone(holder)) {
            token = leases.take_over(name_, holder, new_holder(), now, term_);
        }
        if (token) {
            parts_.log.notice("took over the lease of a process that is gone", {{"lease", name_}});
        }
    }
    if (!token) {
        throw base::LeaseHeld(fmt::format("'{}' is running elsewhere", name_));
    }
    return *token;
}

LeaseKeeper::~LeaseKeeper() {
    thread_.request_stop();
    thread_.join();
    try {
        const auto connection = parts_.store.connect();
        store::LeaseRepository(*connection).release(name_, token_);
    } catch (const std::exception& error) {
        parts_.log.warning("a lease was not given back and ends by its term",
                           {{"lease", name_}, {"error", error.what()}});
    }
}

void LeaseKeeper::extend(store::sql::Connection& connection) {
    if (connection.in_transaction()) {
        throw std::logic_error("a lease is extended inside a transaction that may be rolled back");
    }
    const std::chrono::nanoseconds age =
        parts_.clock.monotonic() - std::chrono::nanoseconds(extended_at_.load());
    if (age < term_ / 3) {
        return;
    }
    if (!store::LeaseRepository(connection).extend(name_, token_, parts_.clock.now(), term_)) {
        lost_ = true;
        throw base::LeaseHeld(fmt::format("'{}' was taken over by another process", name_));
    }
    extended_at_ = parts_.clock.monotonic().count();
}

void LeaseKeeper::keep(const std::stop_token& stop) {
    while (parts_.clock.sleep(term_ / 3, stop) && !lost_) {
        try {
            const auto connection = parts_.store.connect();
            extend(*connection);
        } catch (const base::LeaseHeld& error) {
            parts_.log.error(error.what(), {{"lease", name_}});
        } catch (const base::SystemError& error) {
            // The next turn comes before the term ends, and the fencing token guards the rest.
            parts_.log.warning("a lease was not extended",
                               {{"lease", name_}, {"code", error.code()}, {"error", error.what()}});
        }
    }
}

}  // namespace hrbridge::jobs
