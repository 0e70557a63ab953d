#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/side_store.h"
#include "daemon/store/sql.h"
#include "migration/ledger/digest.h"

namespace hrbridge::rehearsal {

enum class State { Preparing, Loading, Checking, Frozen, Promoted, Dropped };
std::string_view to_string(State state);  // "preparing"

enum class StepKind {
    Create,   // the store beside the live one
    Parents,  // rows of other modules that this one refers to, copied from the live store
    Load,     // one mapping
    Settle,   // rows that waited for one that came later
    Roots,    // counts and content roots
};
std::string_view to_string(StepKind kind);  // "create"

struct Step {
    int place = 0;
    StepKind kind = StepKind::Create;
    std::string mapping;  // of Load
    bool done = false;
    std::int64_t attempts = 0;
    std::int64_t ended = 0;         // of the attempts: the others were cut off
    std::int64_t microseconds = 0;  // of those that ended
    std::int64_t rows = 0;
    std::int64_t rejects = 0;
    std::string problem;  // of the last that ended; empty: none
};

// Rows of a mapping that were open at the end of the load.
struct RuleCount {
    std::string mapping;
    std::string kind;  // row: refused; hold: waits
    std::string rule;
    std::int64_t rows = 0;
};

struct MappingCount {
    std::string mapping;
    std::string hash;
    std::string entity;
    std::int64_t read = 0;
    std::int64_t stored = 0;
    std::int64_t rejected = 0;
    std::int64_t held = 0;
};

struct Rehearsal {
    std::int64_t id = 0;  // in the table; people say module and number
    std::string module;
    std::int64_t number = 0;
    std::string project;
    std::string plan_hash;
    std::string mapping_set;
    State state = State::Preparing;
    std::string actor;
    base::Timestamp started_at;
    std::optional<base::Timestamp> loaded_at;
    std::optional<ledger::Digest> content_root;
    // Of what was just loaded (stored_digest.h); of an older one the ledger tells it.
    std::optional<ledger::Digest> stored;
    std::vector<Step> steps;             // in their order
    std::vector<MappingCount> mappings;  // in their order; counted at the end of the load
    std::vector<RuleCount> rejects;      // by mapping, kind and rule

    store::SideName side() const { return {module, number}; }
    bool is_loaded() const { return loaded_at.has_value(); }
    std::int64_t microseconds() const;
    std::int64_t rows_stored() const;
    std::int64_t rows_rejected() const;  // and held
    // Whether an attempt of a step was cut off: its times are then no measure of a cut-over.
    bool was_cut_off() const;
};

// Oldest first; of one module, or of all (empty). Reads the live store.
std::vector<Rehearsal> list(store::sql::Connection& live, const std::string& module = {});
std::optional<Rehearsal> find(store::sql::Connection& live,
                              const std::string& module,
                              std::int64_t number);

}  // namespace hrbridge::rehearsal
