#include <array>
#include <stdexcept>
#include <string_view>

#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"

namespace hrbridge::store {
namespace {

using model::OutboxState;

constexpr std::string_view kAdd =
    "INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, "
    "next_attempt, last_code, last_error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
    "ON CONFLICT (event_key, receiver) DO UPDATE SET request = excluded.request, "
    "state = excluded.state, created_at = excluded.created_at, "
    "next_attempt = excluded.next_attempt, last_code = excluded.last_code, "
    "last_error = excluded.last_error WHERE outbox.request = '' AND excluded.request <> ''";
// What waits and was never tried, which nobody can have got.
constexpr std::string_view kRefresh =
    "UPDATE outbox SET request = $3 WHERE event_key = $1 AND receiver = $2 AND $3 <> '' AND "
    "request <> '' AND request <> $3 AND "
    "state = 'waiting' AND attempts = 0 AND first_attempt IS NULL AND last_code IS NULL";
constexpr std::string_view kDrop =
    "DELETE FROM outbox WHERE event_key = $1 AND (request = '' OR "
    "(state = 'waiting' AND attempts = 0 AND first_attempt IS NULL AND last_code IS NULL))";
constexpr std::string_view kStop =
    "UPDATE outbox SET state = 'dead', last_code = CASE WHEN attempts > 0 OR "
    "last_code = 'interrupted' OR last_code LIKE 'unknown%' THEN 'unknown, then withdrawn' "
    "ELSE 'withdrawn' END WHERE event_key = $1 AND state = 'waiting'";
constexpr std::string_view kDue =
    "SELECT id, state FROM outbox WHERE withdrawn_at IS NULL AND "
    "((state = 'waiting' AND next_attempt <= $1) OR (state = 'sending' AND last_attempt <= $2)) "
    "ORDER BY next_attempt, id LIMIT $3";
constexpr std::string_view kTake =
    "UPDATE outbox SET state = 'sending', attempts = attempts + 1, last_attempt = $2, "
    "first_attempt = coalesce(first_attempt, $2), "
    "last_code = CASE WHEN state = 'sending' THEN 'unknown' ELSE last_code END WHERE id = $1";
constexpr std::string_view kSelect =
    "SELECT id, event_key, kind, receiver, request, state, attempts, created_at, next_attempt, "
    "first_attempt, last_attempt, sent_at, message_id, response_code, last_code, last_error "
    "FROM outbox ";
// Of those under way when they were withdrawn, what a process left behind by its death.
constexpr std::string_view kBury =
    "UPDATE outbox SET state = 'dead', last_code = 'unknown, then withdrawn' "
    "WHERE state = 'sending' AND withdrawn_at IS NOT NULL AND last_attempt <= $1";
constexpr std::string_view kUpdate =
    "UPDATE outbox SET state = CASE WHEN withdrawn_at IS NOT NULL AND CAST($2 AS text) = 'waiting' "
    "THEN 'dead' ELSE CAST($2 AS text) END, attempts = $3, next_attempt = $4, first_attempt = $5, "
    "last_attempt = $6, sent_at = $7, message_id = $8, response_code = $9, last_code = $10, "
    "last_error = $11 WHERE id = $1";
constexpr std::string_view kDepth =
    "SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state";
constexpr std::string_view kOldest =
    "SELECT created_at FROM outbox WHERE state = $1 ORDER BY created_at LIMIT 1";

struct StateName {
    OutboxState state;
    std::string_view name;
};
constexpr std::array kStates{
    StateName{OutboxState::Waiting, "waiting"},
    StateName{OutboxState::Sending, "sending"},
    StateName{OutboxState::Sent, "sent"},
    StateName{OutboxState::Uncertain, "uncertain"},
    StateName{OutboxState::Dead, "dead"},
};

std::string name_of(OutboxState state) {
    for (const StateName& known : kStates) {
        if (known.state == state) {
            return std::string(known.name);
        }
    }
    throw std::logic_error("an outbox state without a name");
}

OutboxState state_of(const std::string& name) {
    for (const StateName& known : kStates) {
        if (known.name == name) {
            return known.state;
        }
    }
    throw base::StoreError("state", base::Remedy::Stop, "the outbox holds an unknown state");
}

model::OutboxEvent read_event(const sql::Rows& rows) {
    model::OutboxEvent event;
    event.id = rows.integer(0);
    event.event_key = rows.text(1);
    event.kind = rows.text(2);
    event.receiver = rows.text(3);
    event.request = rows.text(4);
    event.state = state_of(rows.text(5));
    event.attempts = rows.integer(6);
    event.created_at = rows.timestamp(7);
    event.next_attempt = rows.timestamp(8);
    event.first_attempt = rows.optional_timestamp(9);
    event.last_attempt = rows.optional_timestamp(10);
    event.sent_at = rows.optional_timestamp(11);
    event.message_id = rows.optional_text(12);
    event.response_code = rows.optional_text(13);
    event.last_code = rows.optional_text(14);
    event.last_error = rows.optional_text(15);
    return event;
}

// nullopt: no such row.
std::optional<std::string> request_of(sql::Connection& connection,
                                      const model::OutboxEvent& event) {
    const auto rows =
        connection.query("SELECT request FROM outbox WHERE event_key = $1 AND receiver = $2",
                         {event.event_key, event.receiver});
    return rows->next() ? std::optional{rows->text(0)} : std::nullopt;
}

std::vector<std::int64_t> due(sql::Connection& connection,
                              base::Timestamp now,
                              base::Timestamp stale_before,
                              std::size_t limit) {
    const bool postgres = connection.dialect() == sql::Dialect::Postgres;
    const std::string query = std::string(kDue) + (postgres ? " FOR UPDATE SKIP LOCKED" : "");
    std::vector<std::int64_t> ids;
    const auto rows =
        connection.query(query, {now, stale_before, static_cast<std::int64_t>(limit)});
    while (rows->next()) {
        ids.push_back(rows->integer(0));
    }
    return ids;
}

}  // namespace

// Writes only what has to be written: in a snapshot even a write that changes nothing conflicts
// with the dispatcher's.
bool OutboxRepository::add(const model::OutboxEvent& event) {
    LocalTransaction transaction(connection_);
    const auto kept = request_of(connection_, event);
    bool added = false;
    if (!kept || (kept->empty() && !event.request.empty())) {
        added = insert(event);
    } else if (*kept != event.request) {
        connection_.execute(kRefresh, {event.event_key, event.receiver, event.request});
    }
    transaction.commit();
    return added;
}

bool OutboxRepository::insert(const model::OutboxEvent& event) {
    return connection_.execute(kAdd,
                               {event.event_key,
                                event.kind,
                                event.receiver,
                                event.request,
                                name_of(event.state),
                                event.attempts,
                                event.created_at,
                                event.next_attempt,
                                to_value(event.last_code),
                                to_value(event.last_error)}) == 1;
}

std::vector<model::OutboxEvent> OutboxRepository::claim(base::Timestamp now,
                                                        std::chrono::seconds stale,
                                                        std::size_t limit) {
    std::vector<model::OutboxEvent> events;
    sql::Transaction transaction(connection_);
    connection_.execute(kBury, {now - stale});
    for (const std::int64_t id : due(connection_, now, now - stale, limit)) {
        connection_.execute(kTake, {id, now});
        events.push_back(find(id).value());
    }
    transaction.commit();
    return events;
}

void OutboxRepository::update(const model::OutboxEvent& event) {
    connection_.execute(kUpdate,
                        {event.id,
                         name_of(event.state),
                         event.attempts,
                         event.next_attempt,
                         to_value(event.first_attempt),
                         to_value(event.last_attempt),
                         to_value(event.sent_at),
                         to_value(event.message_id),
                         to_value(event.response_code),
                         to_value(event.last_code),
                         to_value(event.last_error)});
}

std::optional<model::OutboxEvent> OutboxRepository::find(std::int64_t id) {
    const auto rows = connection_.query(std::string(kSelect) + "WHERE id = $1", {id});
    return rows->next() ? std::optional{read_event(*rows)} : std::nullopt;
}

std::vector<model::OutboxEvent> OutboxRepository::of_event(const std::string& event_key) {
    std::vector<model::OutboxEvent> events;
    const auto rows =
        connection_.query(std::string(kSelect) + "WHERE event_key = $1 ORDER BY id", {event_key});
    while (rows->next()) {
        events.push_back(read_event(*rows));
    }
    return events;
}

void OutboxRepository::withdraw(const std::string& event_key, base::Timestamp now) {
    LocalTransaction transaction(connection_);
    connection_.execute(kDrop, {event_key});
    connection_.execute(kStop, {event_key});
    connection_.execute(
        "UPDATE outbox SET withdrawn_at = $2 WHERE event_key = $1 AND withdrawn_at IS NULL",
        {event_key, now});
    transaction.commit();
}

void OutboxRepository::withdraw_untried(const std::string& event_key) {
    connection_.execute(kDrop, {event_key});
}

bool OutboxRepository::is_withdrawn(std::int64_t id) {
    return connection_
        .query("SELECT id FROM outbox WHERE id = $1 AND withdrawn_at IS NOT NULL", {id})
        ->next();
}

std::vector<model::OutboxEvent> OutboxRepository::list(const std::string& state,
                                                       std::size_t limit) {
    std::vector<model::OutboxEvent> events;
    const auto rows = connection_.query(
        std::string(kSelect) + "WHERE $1 = '' OR state = $1 ORDER BY id DESC LIMIT $2",
        {state, static_cast<std::int64_t>(limit)});
    while (rows->next()) {
        events.push_back(read_event(*rows));
    }
    return events;
}

std::vector<OutboxRepository::Depth> OutboxRepository::depth() {
    std::vector<Depth> depths;
    {
        const auto rows = connection_.query(kDepth, {});
        while (rows->next()) {
            depths.push_back({rows->text(0), rows->integer(1), std::nullopt});
        }
    }
    for (Depth& depth : depths) {
        const auto rows = connection_.query(kOldest, {depth.state});
        if (rows->next()) {
            depth.oldest = rows->timestamp(0);
        }
    }
    return depths;
}

std::int64_t OutboxRepository::purge(base::Timestamp before) {
    return connection_.execute(
        "DELETE FROM outbox WHERE state = 'sent' AND sent_at < $1 AND NOT EXISTS "
        "(SELECT 1 FROM finding WHERE finding.card = outbox.event_key)",
        {before});
}

}  // namespace hrbridge::store
