#include "migration/spot_check/draws.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "daemon/base/row_hash.h"

namespace hrbridge::spot_check {
namespace {

using base::Bytes;

constexpr std::array<std::string_view, 3> kStates{"drawn", "open", "closed"};
constexpr std::string_view kSelect =
    "SELECT d.number, r.module, r.number, d.rehearsal_id, d.state, d.actor, d.head, "
    "d.content_root, d.nonce, d.plan, d.drawn_rows, d.drawn_at, d.closed_at, d.outcome, d.cause, "
    "d.remedy, e.seq, e.seal FROM spot_draw d JOIN rehearsal r ON r.id = d.rehearsal_id "
    "LEFT JOIN ledger_entry e ON e.kind = 'nonce_given' AND e.hash = d.head "
    "WHERE ($1 = '' OR r.module = $1) ORDER BY d.number";
constexpr std::string_view kInsert =
    "INSERT INTO spot_draw (number, rehearsal_id, state, actor, head, content_root, nonce, plan, "
    "drawn_rows, drawn_at) VALUES ($1, $2, 'drawn', $3, $4, $5, $6, $7, $8, $9)";
constexpr std::string_view kClose =
    "UPDATE spot_draw SET state = 'closed', outcome = $2, closed_at = $3 WHERE number = $1 "
    "AND state <> 'closed'";
constexpr std::string_view kExplain =
    "UPDATE spot_draw SET cause = $2, remedy = $3, explained_by = $4, explained_at = $5 "
    "WHERE number = $1";

DrawState state_of(const std::string& name) {
    const auto found = std::find(kStates.begin(), kStates.end(), name);
    if (found == kStates.end()) {
        throw std::runtime_error("a draw's table holds a word that this program does not know");
    }
    return static_cast<DrawState>(found - kStates.begin());
}

ledger::Digest digest_at(const store::sql::Rows& rows, int column) {
    return ledger::Digest::from_bytes(rows.bytes(column)).value_or(ledger::Digest());
}

DrawRecord read(const store::sql::Rows& rows) {
    DrawRecord out;
    out.number = rows.integer(0);
    out.module = rows.text(1);
    out.rehearsal = rows.integer(2);
    out.rehearsal_id = rows.integer(3);
    out.state = state_of(rows.text(4));
    out.actor = rows.text(5);
    out.head = digest_at(rows, 6);
    out.content_root = digest_at(rows, 7);
    out.nonce = digest_at(rows, 8);
    out.plan = plan_from_json(rows.text(9));
    out.rows = digest_at(rows, 10);
    out.drawn_at = rows.timestamp(11);
    out.closed_at = rows.optional_timestamp(12);
    if (const auto outcome = rows.optional_text(13)) {
        out.outcome = ledger::outcome_from(*outcome);
    }
    out.cause = rows.optional_text(14).value_or("");
    out.remedy = rows.optional_text(15).value_or("");
    out.terms = rows.optional_integer(16).value_or(0);
    out.seal = rows.is_null(17) ? std::string() : rows.bytes(17);
    return out;
}

Bytes bytes(const ledger::Digest& digest) {
    return {std::string(digest.view())};
}

void add_rows(base::RowHasher& cells,
              std::string_view label,
              const Plan& plan,
              const std::vector<sampling::DrawnRow>& rows) {
    for (const sampling::DrawnRow& row : rows) {
        cells.add_text(label);
        cells.add_text(plan.strata[row.stratum].name());
        cells.add_bytes(row.key);
    }
}

}  // namespace

std::string_view to_string(DrawState state) {
    return kStates.at(static_cast<std::size_t>(state));
}

sampling::Digest DrawRecord::seed() const {
    return sampling::draw_seed(head.view(), seal);
}

sampling::Digest DrawRecord::sheet_seed() const {
    return sampling::sheet_seed(seed(), number);
}

ledger::Digest drawn_rows_digest(const Plan& plan, const sampling::Draw& draw) {
    base::RowHasher cells;
    cells.add_text("hrbridge drawn rows 1");
    for (std::size_t h = 0; h < plan.strata.size(); ++h) {
        add_rows(cells, "sample", plan, draw.sample[h]);
        add_rows(cells, "reserve", plan, draw.reserve[h]);
    }
    add_rows(cells, "decoy", plan, draw.decoys);
    add_rows(cells, "extra", plan, draw.extras);
    return ledger::Digest::sha256_of(cells.canonical());
}

std::vector<DrawRecord> list_draws(store::sql::Connection& live, const std::string& module) {
    std::vector<DrawRecord> all;
    const auto rows = live.query(kSelect, {module});
    while (rows->next()) {
        all.push_back(read(*rows));
    }
    return all;
}

std::optional<DrawRecord> find_draw(store::sql::Connection& live, std::int64_t number) {
    for (DrawRecord& each : list_draws(live)) {
        if (each.number == number) {
            return std::move(each);
        }
    }
    return std::nullopt;
}

std::optional<DrawRecord> newest_draw(store::sql::Connection& live,
                                      const std::string& module,
                                      std::int64_t rehearsal) {
    std::optional<DrawRecord> newest;
    for (DrawRecord& each : list_draws(live, module)) {
        if (each.rehearsal == rehearsal) {
            newest = std::move(each);
        }
    }
    return newest;
}

std::int64_t next_draw_number(store::sql::Connection& live) {
    const auto rows = live.query("SELECT max(number) FROM spot_draw", {});
    return rows->next() ? rows->optional_integer(0).value_or(0) + 1 : 1;
}

void add_draw(store::sql::Connection& live, const DrawRecord& draw) {
    live.execute(kInsert,
                 {draw.number,
                  draw.rehearsal_id,
                  draw.actor,
                  bytes(draw.head),
                  bytes(draw.content_root),
                  bytes(draw.nonce),
                  to_json(draw.plan),
                  bytes(draw.rows),
                  draw.drawn_at});
}

void open_draw(store::sql::Connection& live, std::int64_t number) {
    live.execute("UPDATE spot_draw SET state = 'open' WHERE number = $1", {number});
}

bool close_draw(store::sql::Connection& live,
                std::int64_t number,
                ledger::Outcome outcome,
                base::Timestamp at) {
    return live.execute(kClose, {number, std::string(ledger::to_string(outcome)), at}) == 1;
}

void explain_draw(store::sql::Connection& live,
                  std::int64_t number,
                  const std::string& cause,
                  const std::string& remedy,
                  const std::string& by,
                  base::Timestamp at) {
    live.execute(kExplain, {number, cause, remedy, by, at});
}

}  // namespace hrbridge::spot_check
