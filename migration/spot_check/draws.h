#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"
#include "migration/ledger/digest.h"
#include "migration/ledger/kinds.h"
#include "migration/sampling/draw.h"
#include "migration/spot_check/plan.h"

namespace hrbridge::spot_check {

enum class DrawState {
    Drawn,  // its rows are fixed, the sheet is not made yet
    Open,   // is being worked through
    Closed,
};
std::string_view to_string(DrawState state);  // "drawn"

struct DrawRecord {
    std::int64_t number = 0;
    std::string module;
    std::int64_t rehearsal = 0;  // its number in the module
    std::int64_t rehearsal_id = 0;
    DrawState state = DrawState::Drawn;
    std::string actor;
    ledger::Digest head;     // hash of the entry that the seed is made of
    std::int64_t terms = 0;  // its sequence
    std::string seal;        // and its seal; empty: the ledger has none
    ledger::Digest content_root;
    ledger::Digest nonce;
    Plan plan;
    ledger::Digest rows;  // drawn_rows_digest()
    base::Timestamp drawn_at;
    std::optional<base::Timestamp> closed_at;
    std::optional<ledger::Outcome> outcome;  // of a closed one
    std::string cause;                       // empty: nobody has said
    std::string remedy;

    sampling::Digest seed() const;
    sampling::Digest sheet_seed() const;
    bool is_explained() const { return !cause.empty(); }
};

// SHA-256 over cells (ARCHITECTURE.md, "Spot check") of all drawn rows: what the ledger keeps.
ledger::Digest drawn_rows_digest(const Plan& plan, const sampling::Draw& draw);

// Oldest first; of one module, or of all (empty).
std::vector<DrawRecord> list_draws(store::sql::Connection& live, const std::string& module = {});
std::optional<DrawRecord> find_draw(store::sql::Connection& live, std::int64_t number);
// The newest of a module's rehearsal.
std::optional<DrawRecord> newest_draw(store::sql::Connection& live,
                                      const std::string& module,
                                      std::int64_t rehearsal);

// Each in the caller's transaction.
std::int64_t next_draw_number(store::sql::Connection& live);
void add_draw(store::sql::Connection& live, const DrawRecord& draw);
void open_draw(store::sql::Connection& live, std::int64_t number);
// False when it is closed already.
bool close_draw(store::sql::Connection& live,
                std::int64_t number,
                ledger::Outcome outcome,
                base::Timestamp at);
void explain_draw(store::sql::Connection& live,
                  std::int64_t number,
                  const std::string& cause,
                  const std::string& remedy,
                  const std::string& by,
                  base::Timestamp at);

}  // namespace hrbridge::spot_check
