#include <string_view>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/store/id_page.h"
#include "daemon/store/local_transaction.h"
#include "daemon/store/reject_row.h"
#include "daemon/store/repositories.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kSelect =
    "SELECT id, mapping, run_id, kind, rule, field, reason, source_key, waits_for, state, seen, "
    "first_seen, last_seen, closed_by, closed_at, closed_reason FROM reject ";
constexpr std::string_view kList =
    "WHERE ($1 = '' OR mapping = $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR state = $3) "
    "ORDER BY id DESC LIMIT $4";
constexpr std::string_view kKnownLengths =
    "SELECT id, length(packed_row) + coalesce(length(long_row), 0) FROM reject WHERE mapping = $1 "
    "AND state IN ('open', 'dismissed') AND id > $2 ORDER BY id LIMIT $3";
constexpr std::string_view kKnown =
    "SELECT id, key_digest, coalesce(long_row, packed_row) FROM reject WHERE mapping = $1 AND "
    "state IN ('open', 'dismissed') AND id > $2 AND id <= $3 ORDER BY id";
constexpr std::string_view kCloseGone =
    "UPDATE reject SET state = 'corrected', last_seen = $3 WHERE id = $1 AND state = 'open' AND "
    "last_seen < $2";
constexpr std::string_view kPacked =
    "SELECT mapping, key_digest, coalesce(long_row, packed_row), state FROM reject WHERE id = $1";
constexpr std::string_view kReadyHolds =
    "SELECT r.id FROM reject r WHERE r.mapping = $1 AND r.kind = 'hold' AND r.state = 'open' "
    "AND r.id > $2 AND (r.waits_for IS NULL{} OR NOT ({})) ORDER BY r.id LIMIT $3";
constexpr std::string_view kOpenIds =
    "SELECT id FROM reject WHERE mapping = $1 AND state = 'open' AND id > $2 ORDER BY id LIMIT $3";
constexpr std::string_view kSetState = "UPDATE reject SET state = $2, last_seen = $3 WHERE id = $1";
constexpr std::string_view kDismiss =
    "UPDATE reject SET state = 'dismissed', closed_by = $2, closed_reason = $3, closed_at = $4 "
    "WHERE id = $1 AND state = 'open'";
constexpr std::string_view kCounts =
    "SELECT mapping, rule, kind, count(*) FROM reject WHERE state = 'open' "
    "GROUP BY mapping, rule, kind ORDER BY mapping, rule, kind";
constexpr std::string_view kPurge =
    "DELETE FROM reject WHERE state <> 'open' AND last_seen < $1 AND "
    "(closed_at IS NULL OR closed_at < $1) AND ($2 = '' OR mapping = $2)";
constexpr std::string_view kClosedMappings =
    "SELECT DISTINCT mapping FROM reject WHERE state <> 'open' ORDER BY mapping";

model::RejectedRow read_reject(const sql::Rows& rows) {
    model::RejectedRow reject;
    reject.id = rows.integer(0);
    reject.mapping = rows.text(1);
    reject.run_id = rows.integer(2);
    reject.kind = rows.text(3);
    reject.rule = rows.text(4);
    reject.field = rows.text(5);
    reject.reason = rows.text(6);
    reject.source_key = rows.text(7);
    reject.waits_for = rows.optional_text(8);
    reject.state = rows.text(9);
    reject.seen = rows.integer(10);
    reject.first_seen = rows.timestamp(11);
    reject.last_seen = rows.timestamp(12);
    reject.closed_by = rows.optional_text(13);
    reject.closed_at = rows.optional_timestamp(14);
    reject.closed_reason = rows.optional_text(15);
    return reject;
}

std::vector<std::int64_t> read_ids(sql::Rows& rows) {
    std::vector<std::int64_t> ids;
    while (rows.next()) {
        ids.push_back(rows.integer(0));
    }
    return ids;
}

// Of a row that kPacked gives.
base::Result<RejectRepository::KeptRow> opened(const sql::Rows& row,
                                               std::int64_t id,
                                               const base::SealKeys& keys) {
    auto packed = open_packed_row(row.bytes(2), row.text(0), row.bytes(1), &keys);
    if (!packed) {
        return packed.fault();
    }
    return RejectRepository::KeptRow{std::move(packed).value(), row.bytes(1), id};
}

}  // namespace

std::vector<model::RejectedRow> RejectRepository::list(const RejectFilter& filter) {
    std::vector<model::RejectedRow> found;
    const auto rows = connection_.query(
        std::string(kSelect).append(kList),
        {filter.mapping, filter.kind, filter.state, static_cast<std::int64_t>(filter.limit)});
    while (rows->next()) {
        found.push_back(read_reject(*rows));
    }
    return found;
}

std::optional<model::RejectedRow> RejectRepository::find(std::int64_t id) {
    const auto rows = connection_.query(std::string(kSelect).append("WHERE id = $1"), {id});
    return rows->next() ? std::optional{read_reject(*rows)} : std::nullopt;
}

base::Result<RejectRepository::KeptRow> RejectRepository::kept_row(std::int64_t id,
                                                                   const base::SealKeys& keys) {
    const auto rows = connection_.query(kPacked, {id});
    if (!rows->next()) {
        return base::Fault{"reject " + std::to_string(id), "there is no such reject"};
    }
    return opened(*rows, id, keys);
}

std::optional<base::Result<RejectRepository::KeptRow>> RejectRepository::open_row(
    std::int64_t id, const base::SealKeys& keys) {
    const auto rows = connection_.query(kPacked, {id});
    if (!rows->next() || rows->text(3) != "open") {
        return std::nullopt;
    }
    return opened(*rows, id, keys);
}

std::vector<std::int64_t> RejectRepository::ready_holds(const std::string& mapping,
                                                        const std::vector<Parent>& parents,
                                                        std::int64_t after,
                                                        std::size_t limit) {
    std::string there;
    std::string known = "1 = 0";
    for (const Parent& parent : parents) {
        // "org_unit.code=D0404"
        const std::string prefix = fmt::format("{}.{}=", parent.entity, parent.column);
        const std::string waits =
            fmt::format("substr(r.waits_for, 1, {}) = '{}'", prefix.size(), prefix);
        known += " OR " + waits;
        there += fmt::format(
            " OR ({} AND EXISTS (SELECT 1 FROM {} p WHERE p.gone_at IS NULL AND p.{} = "
            "substr(r.waits_for, {})))",
            waits,
            parent.entity,
            parent.column,
            prefix.size() + 1);
    }
    const auto rows = connection_.query(fmt::format(kReadyHolds, there, known),
                                        {mapping, after, static_cast<std::int64_t>(limit)});
    return read_ids(*rows);
}

std::vector<RejectRepository::KeptRow> RejectRepository::known_rows(const std::string& mapping,
                                                                    std::int64_t& last,
                                                                    std::size_t limit,
                                                                    const base::SealKeys* keys) {
    std::vector<KeptRow> known;
    const base::Value page[] = {mapping, last, static_cast<std::int64_t>(limit)};
    const auto end = page_end(connection_, kKnownLengths, page);
    if (!end) {
        return known;
    }
    const auto rows = connection_.query(kKnown, {mapping, last, *end});
    last = *end;  // also where all its rows went in between
    while (rows->next()) {
        auto packed = open_packed_row(rows->bytes(2), mapping, rows->bytes(1), keys);
        if (packed) {
            known.push_back({std::move(packed).value(), rows->bytes(1), rows->integer(0)});
        }
    }
    return known;
}

std::vector<std::int64_t> RejectRepository::open_ids(const std::string& mapping,
                                                     std::int64_t after,
                                                     std::size_t limit) {
    const auto rows =
        connection_.query(kOpenIds, {mapping, after, static_cast<std::int64_t>(limit)});
    return read_ids(*rows);
}

void RejectRepository::set_state(std::int64_t id, const std::string& state, base::Timestamp at) {
    connection_.execute(kSetState, {id, state, at});
}

std::int64_t RejectRepository::close_gone(const std::vector<std::int64_t>& ids,
                                          base::Timestamp before,
                                          base::Timestamp at) {
    std::int64_t closed = 0;
    for (const std::int64_t id : ids) {
        closed += connection_.execute(kCloseGone, {id, before, at});
    }
    return closed;
}

void RejectRepository::remove(std::int64_t id) {
    connection_.execute("DELETE FROM reject WHERE id = $1", {id});
}

bool RejectRepository::dismiss(std::int64_t id,
                               const std::string& by,
                               const std::string& reason,
                               base::Timestamp at) {
    return connection_.execute(kDismiss, {id, by, reason, at}) == 1;
}

std::vector<RejectRepository::Count> RejectRepository::counts() {
    std::vector<Count> counts;
    const auto rows = connection_.query(kCounts, {});
    while (rows->next()) {
        counts.push_back({rows->text(0), rows->text(1), rows->text(2), rows->integer(3)});
    }
    return counts;
}

std::int64_t RejectRepository::open_since(const std::string& mapping, base::Timestamp since) {
    const auto rows = connection_.query(
        "SELECT count(*) FROM reject WHERE state = 'open' AND mapping = $1 AND first_seen >= $2",
        {mapping, since});
    rows->next();
    return rows->integer(0);
}

std::int64_t RejectRepository::purge(base::Timestamp before, const std::string& mapping) {
    return connection_.execute(kPurge, {before, mapping});
}

std::vector<std::string> RejectRepository::closed_mappings() {
    const auto rows = connection_.query(kClosedMappings, {});
    std::vector<std::string> names;
    while (rows->next()) {
        names.push_back(rows->text(0));
    }
    return names;
}

}  // namespace hrbridge::store
