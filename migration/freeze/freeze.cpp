#include "migration/freeze/freeze.h"

#include <algorithm>

#include "daemon/base/error.h"
#include "daemon/store/repositories.h"
#include "migration/check/check_run.h"
#include "migration/ledger/ledger.h"
#include "migration/ledger/lookup.h"
#include "migration/rehearsal/record.h"

namespace hrbridge::freeze {
namespace {

using ledger::Note;
using rehearsal::Rehearsal;
using rehearsal::State;

constexpr std::string_view kFreeze =
    "UPDATE rehearsal SET state = 'frozen' WHERE id = $1 AND state = 'checking'";

// What is in the rehearsal's store at one moment.
struct Side {
    std::vector<rehearsal::EntityContent> content;
    std::vector<check::KeptVerdict> verdicts;
    std::vector<check::CheckRun> runs;
    ledger::Digest stored;
    ledger::Digest refused;
};

Side read_side(const store::StoreOptions& live,
               const Rehearsal& rehearsal,
               const rehearsal::StoredPart& part) {
    store::create_side(live, rehearsal.side());  // an earlier program's store gets its new tables
    const auto connection =
        store::open_store(store::side_options(live, rehearsal.side()))->connect();
    const auto entities = store::entity_tables(*connection);
    const store::sql::Transaction snapshot(*connection, store::sql::Reads::Snapshot);
    return {rehearsal::module_content(
                *connection, entities, part.entities, rehearsal::RowsLie::ByKeyAsARule),
            check::kept_verdicts(*connection),
            check::kept_runs(*connection),
            rehearsal::stored_digest(*connection, "", part),
            rehearsal::refused_digest(*connection, "", part)};
}

Note about(const std::string& code, const Rehearsal& rehearsal) {
    return {code, {{"module", rehearsal.module}, {"number", std::to_string(rehearsal.number)}}};
}

// Before anything is read of the rehearsal's store.
std::vector<Note> state_refuses(const store::StoreOptions& live,
                                const Rehearsal& rehearsal,
                                const ledger::Digest& set) {
    if (!rehearsal.is_loaded() || !rehearsal.content_root) {
        return {about("not_loaded", rehearsal)};
    }
    if (rehearsal.state != State::Checking) {
        return {about("is_" + std::string(to_string(rehearsal.state)), rehearsal)};
    }
    if (!store::side_is_taken(live, rehearsal.side())) {
        return {about("side_gone", rehearsal)};
    }
    if (rehearsal.mapping_set != set.hex()) {
        return {about("mappings_changed", rehearsal)};
    }
    return {};
}

void add_check(const Side& side,
               const char* name,
               const Rehearsal& rehearsal,
               const project::Project& project,
               std::vector<Note>& refused) {
    const auto found =
        std::find_if(side.runs.begin(), side.runs.end(), [&](const check::CheckRun& each) {
            return each.check == name;
        });
    std::string why;
    if (found == side.runs.end()) {
        why = "check_missing";
    } else if (found->plan_hash != project.hash) {
        why = "check_other_plan";
    } else if (found->mapping_set != rehearsal.mapping_set ||
               found->content_root != *rehearsal.content_root) {
        why = "check_other_content";
    } else if (found->quick) {
        why = "check_quick";
    } else {
        return;
    }
    Note note = about(why, rehearsal);
    note.values["check"] = name;
    refused.push_back(std::move(note));
}

// The ledger says what was loaded; the row of the rehearsal may have been changed with the rows.
void add_loaded(store::sql::Connection& live,
                const Side& side,
                const Rehearsal& rehearsal,
                std::vector<Note>& refused) {
    const auto entry =
        ledger::find_newest<ledger::RehearsalFinished>(live, rehearsal.module, rehearsal.number);
    const auto* const loaded = entry ? &std::get<ledger::RehearsalFinished>(entry->body) : nullptr;
    if (loaded == nullptr || !loaded->stored) {
        refused.push_back(about("load_not_told", rehearsal));
    } else if (loaded->content_root != *rehearsal.content_root ||
               rehearsal::module_root(side.content) != loaded->content_root ||
               side.stored != *loaded->stored) {
        refused.push_back(about("content_not_as_loaded", rehearsal));
    }
}

// A verdict that was taken away would be missed by nobody else.
void add_told(store::sql::Connection& live,
              const Side& side,
              const char* check,
              const Rehearsal& rehearsal,
              std::vector<Note>& refused) {
    const auto entry = ledger::find_newest<ledger::CheckFinished>(
        live, rehearsal.module, rehearsal.number, [&](const ledger::CheckFinished& each) {
            return each.check == check;
        });
    if (entry && std::get<ledger::CheckFinished>(entry->body).evidence ==
                     check_digest(check, side.verdicts)) {
        return;
    }
    Note note = about(entry ? "verdicts_not_as_told" : "check_not_told", rehearsal);
    note.values["check"] = check;
    refused.push_back(std::move(note));
}

std::vector<Note> content_refuses(store::sql::Connection& live,
                                  const Side& side,
                                  const Rehearsal& rehearsal,
                                  const project::Project& project) {
    std::vector<Note> refused;
    add_loaded(live, side, rehearsal, refused);
    for (const char* const each : {check::kFormat, check::kLogic, check::kReconciliation}) {
        const std::size_t before = refused.size();
        add_check(side, each, rehearsal, project, refused);
        if (refused.size() == before) {
            add_told(live, side, each, rehearsal, refused);
        }
    }
    for (const check::KeptVerdict& each : side.verdicts) {
        if (check::digest(each.verdict) != each.evidence) {
            Note note = about("verdict_not_as_judged", rehearsal);
            note.values["check"] = each.verdict.check;
            note.values["rule"] = each.verdict.subject + " " + each.verdict.rule;
            refused.push_back(std::move(note));
        }
    }
    return refused;
}

ledger::Frozen body_of(const project::Project& project,
                       const Rehearsal& rehearsal,
                       const ledger::Digest& set,
                       const Side& side) {
    const auto plan = ledger::Digest::from_hex(project.hash);
    ledger::Frozen body{rehearsal.number,
                        plan ? *plan : ledger::Digest::sha256_of(project.hash),
                        set,
                        *rehearsal.content_root,
                        verdicts_digest(side.verdicts),
                        {},
                        {},
                        {},
                        rehearsal::promoted_digest(side.stored, side.refused)};
    for (const rehearsal::EntityContent& each : side.content) {
        body.entities.push_back(each.entity);
        body.roots.push_back(each.root);
        body.rows.push_back(each.rows);
    }
    return body;
}

// False when the rehearsal is no longer to be frozen.
bool write(const Parts& parts, const Rehearsal& rehearsal, const ledger::Frozen& body) {
    const auto connection = store::open_store(parts.live)->connect();
    store::sql::Transaction transaction(*connection);
    if (!store::LeaseRepository(*connection).holds(parts.lease.name, parts.lease.fencing_token)) {
        throw base::LeaseHeld("another process has taken over the rehearsals of this module");
    }
    if (connection->execute(kFreeze, {rehearsal.id}) != 1) {
        return false;
    }
    ledger::Ledger(*connection, parts.ledger_keys)
        .append({parts.clock.now(), rehearsal.module, parts.actor, body});
    transaction.commit();
    return true;
}

std::int64_t count_failed(const std::vector<check::KeptVerdict>& verdicts) {
    return std::count_if(verdicts.begin(), verdicts.end(), [](const check::KeptVerdict& each) {
        return each.verdict.outcome != ledger::Outcome::Pass;
    });
}

}  // namespace

Outcome freeze(const Parts& parts,
               const project::Project& project,
               const project::Module& module,
               const std::vector<engine::Mapping>& mappings,
               std::int64_t number) {
    const auto live = store::open_store(parts.live)->connect();
    const auto rehearsal = rehearsal::find(*live, module.name, number);
    if (!rehearsal) {
        return {{},
                {{"no_rehearsal", {{"module", module.name}, {"number", std::to_string(number)}}}},
                0};
    }
    const ledger::Digest set = rehearsal::mapping_set(project::mappings_of(module, mappings));
    Outcome out;
    if (rehearsal->state != State::Frozen) {
        out.refused = state_refuses(parts.live, *rehearsal, set);
        if (!out.refused.empty()) {
            return out;
        }
        const Side side =
            read_side(parts.live, *rehearsal, rehearsal::stored_part(module, mappings));
        out.refused = content_refuses(*live, side, *rehearsal, project);
        if (!out.refused.empty()) {
            return out;
        }
        out.failed = count_failed(side.verdicts);
        if (!write(parts, *rehearsal, body_of(project, *rehearsal, set, side))) {
            out.refused.push_back(about("state_changed", *rehearsal));
            return out;
        }
    }
    out.frozen = frozen(*live, module.name, number);
    if (!out.frozen) {
        out.refused.push_back(about("no_entry", *rehearsal));
    }
    return out;
}

}  // namespace hrbridge::freeze
