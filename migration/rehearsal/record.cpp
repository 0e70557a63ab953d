#include "migration/rehearsal/record.h"

#include <algorithm>

#include "daemon/base/error.h"
#include "daemon/base/row_hash.h"
#include "daemon/store/repositories.h"
#include "migration/ledger/lookup.h"

namespace hrbridge::rehearsal {
namespace {

constexpr std::string_view kNextNumber =
    "SELECT coalesce(max(number), 0) + 1 FROM rehearsal WHERE module = $1";
constexpr std::string_view kInsert =
    "INSERT INTO rehearsal (module, number, project, plan_hash, mapping_set, state, actor, "
    "started_at) VALUES ($1, $2, $3, $4, $5, 'preparing', $6, $7)";
constexpr std::string_view kFindId = "SELECT id FROM rehearsal WHERE module = $1 AND number = $2";
constexpr std::string_view kInsertStep =
    "INSERT INTO rehearsal_step (rehearsal_id, place, step, mapping, done, attempts, ended, "
    "microseconds, rows_done, rejects, problem) VALUES ($1, $2, $3, $4, FALSE, 0, 0, 0, 0, 0, '')";
constexpr std::string_view kInsertMapping =
    "INSERT INTO rehearsal_mapping (rehearsal_id, place, mapping, mapping_hash, entity, rows_read, "
    "rows_stored, rows_rejected, rows_held) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0)";
constexpr std::string_view kAttempt =
    "UPDATE rehearsal_step SET attempts = attempts + 1 WHERE rehearsal_id = $1 AND place = $2";
constexpr std::string_view kLoading =
    "UPDATE rehearsal SET state = 'loading' WHERE id = $1 AND state = 'preparing'";
constexpr std::string_view kWriteStep =
    "UPDATE rehearsal_step SET done = $3, ended = ended + 1, microseconds = $4, rows_done = $5, "
    "rejects = $6, problem = $7 WHERE rehearsal_id = $1 AND place = $2";
constexpr std::string_view kCountMapping =
    "UPDATE rehearsal_mapping SET rows_read = $3, rows_stored = $4, rows_rejected = $5, "
    "rows_held = $6 WHERE rehearsal_id = $1 AND mapping = $2";
constexpr std::string_view kForgetRejects = "DELETE FROM rehearsal_reject WHERE rehearsal_id = $1";
constexpr std::string_view kInsertReject =
    "INSERT INTO rehearsal_reject (rehearsal_id, mapping, kind, rule, rows_open) "
    "VALUES ($1, $2, $3, $4, $5)";
constexpr std::string_view kLoaded =
    "UPDATE rehearsal SET state = 'checking', loaded_at = $2, content_root = $3 WHERE id = $1";

std::vector<Step> steps_of(const std::vector<const engine::Mapping*>& mappings, bool with_parents) {
    std::vector<Step> steps;
    const auto add = [&](StepKind kind, const std::string& mapping = {}) {
        Step step;
        step.place = static_cast<int>(steps.size()) + 1;
        step.kind = kind;
        step.mapping = mapping;
        steps.push_back(std::move(step));
    };
    add(StepKind::Create);
    if (with_parents) {
        add(StepKind::Parents);
    }
    for (const engine::Mapping* const mapping : mappings) {
        add(StepKind::Load, mapping->name);
    }
    add(StepKind::Settle);
    add(StepKind::Roots);
    return steps;
}

std::int64_t next_number_in(store::sql::Connection& live, const std::string& module) {
    const auto rows = live.query(kNextNumber, {module});
    return rows->next() ? rows->integer(0) : 1;
}

ledger::Digest digest_of_hex(const std::string& hex) {
    const auto digest = ledger::Digest::from_hex(hex);
    return digest ? *digest : ledger::Digest::sha256_of(hex);
}

}  // namespace

ledger::Digest mapping_set(const std::vector<const engine::Mapping*>& mappings) {
    base::RowHasher row;
    row.add_text("hrbridge mapping set 1");
    for (const engine::Mapping* const mapping : mappings) {
        row.add_text(mapping->name);
        row.add_text(mapping->hash);
    }
    return ledger::Digest::sha256_of(row.canonical());
}

void Record::in_transaction(const std::function<void(Writing&)>& work) {
    const auto connection = live_.connect();
    store::sql::Transaction transaction(*connection);
    if (!store::LeaseRepository(*connection).holds(lease_.name, lease_.fencing_token)) {
        throw base::LeaseHeld("another process has taken over the rehearsals of this module");
    }
    Writing writing{*connection, ledger::Ledger(*connection, keys_)};
    work(writing);
    transaction.commit();
}

void Record::append(Writing& writing, const std::string& subject, ledger::Body body) {
    writing.ledger.append({clock_.now(), subject, actor_, std::move(body)});
}

void Record::append_new(Writing& writing, const std::string& subject, const ledger::Body& body) {
    const auto newest = ledger::find_newest(writing.live, ledger::kind_of(body), subject);
    if (!newest || newest->body != body) {
        append(writing, subject, body);
    }
}

std::int64_t Record::next_number(const std::string& module) {
    return next_number_in(*live_.connect(), module);
}

std::int64_t Record::insert_head(store::sql::Connection& live,
                                 const project::Project& project,
                                 const project::Module& module,
                                 const ledger::Digest& mapping_set,
                                 std::int64_t number) {
    live.execute(
        kInsert,
        {module.name, number, project.name, project.hash, mapping_set.hex(), actor_, clock_.now()});
    const auto rows = live.query(kFindId, {module.name, number});
    return rows->next() ? rows->integer(0) : 0;
}

std::int64_t Record::begin(const project::Project& project,
                           const project::Module& module,
                           const std::vector<const engine::Mapping*>& mappings,
                           bool with_parents,
                           std::int64_t least) {
    std::int64_t number = least;
    in_transaction([&](Writing& writing) {
        number = std::max(least, next_number_in(writing.live, module.name));
        const ledger::Digest set = mapping_set(mappings);
        const std::int64_t id = insert_head(writing.live, project, module, set, number);
        for (const Step& step : steps_of(mappings, with_parents)) {
            writing.live.execute(
                kInsertStep,
                {id, std::int64_t{step.place}, std::string(to_string(step.kind)), step.mapping});
        }
        std::int64_t place = 0;
        for (const engine::Mapping* const mapping : mappings) {
            writing.live.execute(kInsertMapping,
                                 {id, ++place, mapping->name, mapping->hash, mapping->entity});
        }
        std::vector<std::string> modules;
        for (const project::Module& each : project.modules) {
            modules.push_back(each.name);
        }
        append_new(writing,
                   project.name,
                   ledger::ProjectOpened{project.name, modules, digest_of_hex(project.hash)});
        for (const engine::Mapping* const mapping : mappings) {
            append_new(writing,
                       mapping->name,
                       ledger::MappingFrozen{mapping->name, digest_of_hex(mapping->hash)});
        }
        append(writing, module.name, ledger::RehearsalStarted{number, set, false});
    });
    return number;
}

void Record::step_begins(const Rehearsal& rehearsal, const Step& step) {
    in_transaction([&](Writing& writing) {
        writing.live.execute(kAttempt, {rehearsal.id, std::int64_t{step.place}});
        if (step.kind == StepKind::Load) {
            writing.live.execute(kLoading, {rehearsal.id});
        }
    });
}

void Record::write_step(store::sql::Connection& live,
                        const Rehearsal& rehearsal,
                        const Step& step) {
    live.execute(kWriteStep,
                 {rehearsal.id,
                  std::int64_t{step.place},
                  step.done,
                  step.microseconds,
                  step.rows,
                  step.rejects,
                  step.problem});
}

void Record::append_step(Writing& writing, const Rehearsal& rehearsal, const Step& step) {
    append(writing,
           rehearsal.module,
           ledger::RehearsalStep{rehearsal.number,
                                 std::string(to_string(step.kind)),
                                 step.mapping.empty() ? std::nullopt : std::optional(step.mapping),
                                 step.rows,
                                 step.rejects,
                                 step.microseconds,
                                 std::nullopt});
}

void Record::step_failed(const Rehearsal& rehearsal, const Step& step) {
    in_transaction([&](Writing& writing) { write_step(writing.live, rehearsal, step); });
}

void Record::step_done(const Rehearsal& rehearsal, const Step& step) {
    in_transaction([&](Writing& writing) {
        write_step(writing.live, rehearsal, step);
        append_step(writing, rehearsal, step);
    });
}

void Record::loaded(const Rehearsal& rehearsal, const Step& step) {
    in_transaction([&](Writing& writing) {
        write_step(writing.live, rehearsal, step);
        for (const MappingCount& count : rehearsal.mappings) {
            writing.live.execute(kCountMapping,
                                 {rehearsal.id,
                                  count.mapping,
                                  count.read,
                                  count.stored,
                                  count.rejected,
                                  count.held});
        }
        writing.live.execute(kForgetRejects, {rehearsal.id});
        for (const RuleCount& count : rehearsal.rejects) {
            writing.live.execute(kInsertReject,
                                 {rehearsal.id, count.mapping, count.kind, count.rule, count.rows});
        }
        writing.live.execute(
            kLoaded,
            {rehearsal.id, clock_.now(), base::Bytes{std::string(rehearsal.content_root->view())}});
        append_step(writing, rehearsal, step);
        // The load alone proves nothing of what was loaded.
        append(writing,
               rehearsal.module,
               ledger::RehearsalFinished{rehearsal.number,
                                         ledger::Outcome::NotChecked,
                                         rehearsal.rows_stored(),
                                         rehearsal.rows_rejected(),
                                         *rehearsal.content_root,
                                         rehearsal.stored});
    });
}

}  // namespace hrbridge::rehearsal
