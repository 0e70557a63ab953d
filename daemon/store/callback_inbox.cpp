#include "daemon/store/callback_inbox.h"

#include <string>
#include <string_view>

#include "daemon/store/patient_transaction.h"
#include "daemon/store/seal_place.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kAdd =
    "INSERT INTO callback_inbox (dedupe_key, received_at, event, body) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (dedupe_key) DO NOTHING";
constexpr std::string_view kWaiting =
    "SELECT id, dedupe_key, received_at, event FROM callback_inbox WHERE handled_at IS NULL "
    "AND id > $2 ORDER BY id LIMIT $1";
constexpr std::string_view kBody = "SELECT body FROM callback_inbox WHERE id = $1";
constexpr std::string_view kFinish =
    "UPDATE callback_inbox SET handled_at = $2, outcome = $3 WHERE id = $1 AND handled_at IS NULL";
constexpr std::string_view kSetAside =
    "UPDATE callback_inbox SET outcome = $2 WHERE id = $1 AND handled_at IS NULL AND outcome IS "
    "NULL";
constexpr std::string_view kPurge =
    "DELETE FROM callback_inbox WHERE handled_at < $1 OR (outcome = $2 AND received_at < $1)";

std::string name_of(model::CallbackOutcome outcome) {
    switch (outcome) {
        case model::CallbackOutcome::Noted:
            return "noted";
        case model::CallbackOutcome::Foreign:
            return "foreign";
        case model::CallbackOutcome::Unknown:
            return "unknown";
        case model::CallbackOutcome::Unreadable:
            return "unreadable";
    }
    return "unknown";
}

std::string place_of(const model::Callback& callback) {
    return seal_place("callback_inbox", "body", callback.dedupe_key);
}

}  // namespace

bool CallbackInbox::add(const model::Callback& callback,
                        const base::SealKeys& keys,
                        std::chrono::milliseconds patience) {
    PatientTransaction transaction(connection_, patience);
    const bool added =
        connection_.execute(kAdd,
                            {callback.dedupe_key,
                             callback.received_at,
                             callback.event,
                             base::Bytes{keys.seal(callback.body, place_of(callback))}}) == 1;
    transaction.commit();
    return added;
}

std::vector<model::Callback> CallbackInbox::waiting(std::size_t limit, std::int64_t behind) {
    std::vector<model::Callback> callbacks;
    const auto rows = connection_.query(kWaiting, {static_cast<std::int64_t>(limit), behind});
    while (rows->next()) {
        model::Callback callback;
        callback.id = rows->integer(0);
        callback.dedupe_key = rows->text(1);
        callback.received_at = rows->timestamp(2);
        callback.event = rows->text(3);
        callbacks.push_back(std::move(callback));
    }
    return callbacks;
}

base::Result<std::string> CallbackInbox::body(const model::Callback& callback,
                                              const base::SealKeys& keys) {
    const auto rows = connection_.query(kBody, {callback.id});
    if (!rows->next()) {
        return base::Fault{"callback " + std::to_string(callback.id), "is not there any more"};
    }
    return keys.open(rows->bytes(0), place_of(callback));
}

bool CallbackInbox::finish(std::int64_t id, model::CallbackOutcome outcome, base::Timestamp at) {
    return connection_.execute(kFinish, {id, at, name_of(outcome)}) == 1;
}

bool CallbackInbox::set_aside(std::int64_t id) {
    return connection_.execute(kSetAside, {id, name_of(model::CallbackOutcome::Unreadable)}) == 1;
}

std::int64_t CallbackInbox::purge(base::Timestamp before) {
    return connection_.execute(kPurge, {before, name_of(model::CallbackOutcome::Unreadable)});
}

}  // namespace hrbridge::store
