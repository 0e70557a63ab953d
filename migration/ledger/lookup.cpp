#include "migration/ledger/lookup.h"

#include <limits>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "migration/ledger/body_json.h"

namespace hrbridge::ledger {
namespace {

constexpr std::size_t kPageRows = 50;
constexpr std::string_view kPage =
    "SELECT seq, at, actor, body, prev_hash, hash, seal, signature FROM ledger_entry "
    "WHERE kind = $1 AND subject = $2 AND seq < $3 AND form = $4 ORDER BY seq DESC LIMIT 50";

Entry read(const store::sql::Rows& rows, Kind kind, const std::string& subject) {
    const std::int64_t sequence = rows.integer(0);
    const std::string text = rows.text(3);
    Note why;
    const auto body = parse_body(kind, text, why);
    const auto previous = Digest::from_bytes(rows.bytes(4));
    const auto hash = Digest::from_bytes(rows.bytes(5));
    const base::Timestamp at = rows.timestamp(1);
    const std::string actor = rows.text(2);
    if (!body || !previous || !hash ||
        *hash != entry_hash({sequence,
                             at.time_since_epoch().count(),
                             to_string(kind),
                             subject,
                             actor,
                             text,
                             previous->view()})) {
        throw base::StoreError(
            "ledger",
            base::Remedy::Stop,
            fmt::format("the ledger's entry {} ({}) was changed; run: hrbridge store verify",
                        sequence,
                        to_string(kind)));
    }
    return {sequence,
            at,
            subject,
            actor,
            *body,
            *previous,
            *hash,
            rows.is_null(6) ? std::string() : rows.bytes(6),
            rows.is_null(7) ? std::string() : rows.bytes(7)};
}

}  // namespace

std::optional<Entry> find_newest(store::sql::Connection& connection,
                                 Kind kind,
                                 const std::string& subject,
                                 const std::function<bool(const Entry&)>& accepts) {
    std::int64_t below = std::numeric_limits<std::int64_t>::max();
    while (true) {
        std::size_t found = 0;
        const auto rows = connection.query(
            kPage, {std::string(to_string(kind)), subject, below, std::int64_t{kForm}});
        while (rows->next()) {
            ++found;
            Entry entry = read(*rows, kind, subject);
            if (!accepts || accepts(entry)) {
                return entry;
            }
            below = entry.sequence;
        }
        if (found < kPageRows) {
            return std::nullopt;
        }
    }
}

}  // namespace hrbridge::ledger
