#include <memory>
#include <optional>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/attached_store.h"
#include "daemon/store/first_load.h"
#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"
#include "daemon/store/side_store.h"
#include "migration/ledger/ledger.h"
#include "migration/promotion/carry.h"
#include "migration/promotion/gate_check.h"
#include "migration/promotion/go_list.h"
#include "migration/promotion/merge.h"
#include "migration/promotion/newer_rows.h"
#include "migration/promotion/promotion.h"
#include "migration/promotion/record.h"
#include "migration/promotion/seal.h"
#include "migration/rehearsal/content_root.h"
#include "migration/rehearsal/stored_digest.h"

namespace hrbridge::promotion {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO promotion (module, rehearsal_id, state, actor, promoted_at, rollback_until, "
    "last_batch, root_before) VALUES ($1, $2, 'promoted', $3, $4, $5, 0, $6) RETURNING id";
constexpr std::string_view kLastBatch = "UPDATE promotion SET last_batch = $2 WHERE id = $1";
constexpr std::string_view kEntry = "UPDATE promotion SET entry = $2 WHERE id = $1";
constexpr std::string_view kNoteEntity =
    "INSERT INTO promotion_entity (promotion_id, place, entity, rows_inserted, rows_updated, "
    "rows_confirmed, rows_gone, rows_unchanged) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view kNoteMapping =
    "INSERT INTO promotion_mapping (promotion_id, place, mapping, entity, run_id, batch_id) "
    "VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kState = "SELECT state FROM rehearsal WHERE id = $1";
constexpr std::string_view kPromoted = "UPDATE rehearsal SET state = 'promoted' WHERE id = $1";

store::StoreOptions newest_side(const store::StoreOptions& live, const store::SideName& name) {
    store::upgrade_side(live, name);
    return store::side_options(live, name);
}

class Promoter {
  public:
    explicit Promoter(const Known& known)
        : known_(known),
          parts_(known.parts),
          live_(store::open_store(parts_.live)->connect()),
          side_(*live_, newest_side(parts_.live, known.rehearsal.side())),
          entities_(store::entity_tables(*live_)),
          plan_(make_plan(known.module, known.mappings, entities_)),
          merge_(*live_, side_.prefix(), plan_),
          carry_(*live_, side_.prefix(), plan_) {}

    Result preview() {
        live_->begin_reading();
        take_time();
        look();
        live_->rollback();
        return std::move(result_);
    }

    Result promote() {
        store::sql::Transaction transaction(*live_);
        take_time();
        lock();
        hold_side();
        look();
        if (!result_.refused.empty()) {
            return std::move(result_);
        }
        write();
        prove();
        if (auto why = late()) {
            Result refused;
            refused.go = std::move(result_.go);
            refused.refused = {std::move(*why)};
            return refused;
        }
        tell();
        transaction.commit();
        return std::move(result_);
    }

  private:
    void begins(const ledger::Note& note) const {
        if (parts_.begins) {
            parts_.begins(note);
        }
    }

    // Millions of rows take as long as they take.
    void take_time() {
        now_ = parts_.clock.now();
        if (live_->dialect() == store::sql::Dialect::Postgres) {
            live_->run_script("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'");
        }
    }

    // The sums before the leases, as batches lock them.
    void lock() {
        for (const EntityPlan& entity : plan_.entities) {
            store::read_content_sum(*live_, entity.table.name, true);
        }
        store::LeaseRepository leases(*live_);
        for (const rehearsal::Lease& lease : parts_.leases) {
            if (!leases.holds(lease.name, lease.fencing_token)) {
                throw base::LeaseHeld(lease.name + " was taken over by another process");
            }
        }
        const auto rows =
            live_->query(std::string(kState) + store::for_update(*live_), {known_.rehearsal.id});
        if (!rows->next() || rows->text(0) != to_string(known_.rehearsal.state)) {
            throw base::StoreError(
                "promotion", base::Remedy::Retry, "the rehearsal's state has changed meanwhile");
        }
    }

    ledger::Frozen as_frozen() {
        return frozen(*live_, known_.module.name, known_.rehearsal.number);
    }

    rehearsal::StoredPart part() const {
        return rehearsal::stored_part(known_.module, known_.mappings);
    }

    // Nobody writes the rehearsal's store between the look at it and the merge. SQLite's file is
    // read at one moment anyway.
    void hold_side() {
        if (live_->dialect() != store::sql::Dialect::Postgres) {
            return;
        }
        for (const std::string& table : rehearsal::stored_tables(*live_, part())) {
            live_->run_script("LOCK TABLE " + side_.prefix() + table + " IN SHARE MODE");
        }
    }

    // What was said before the transaction may have changed, and so may it while that lasts: keys
    // are revoked under no lease. From here to the end the ledger is locked.
    std::optional<ledger::Note> late() {
        ledger::Ledger(*live_, parts_.ledger_keys).lock();
        return outdated(*live_, known_.module.name, known_.gate);
    }

    void look() {
        begins({"step_compare"});
        result_.go = look_ahead(known_);
        if (known_.gate.stands) {
            if (auto why = outdated(*live_, known_.module.name, known_.gate)) {
                result_.refused.push_back(std::move(*why));
                return;
            }
        }
        bool goes = true;
        for (const GoItem& item : result_.go) {
            goes = goes && item.go;
        }
        std::vector<ledger::Note> found = carry_.check();
        if (goes && found.empty() &&
            rehearsal::promoted_digest(*live_, side_.prefix(), part()) != as_frozen().stored) {
            found.push_back({"values_changed"});
        }
        if (goes && found.empty()) {
            found = merge_.compare();
            result_.entities = merge_.counts();
            count_newer(*live_, side_.prefix(), plan_, result_.entities);
            result_.rejects = carry_.open_rejects();
            result_.go.push_back(look_at_gone(known_.module, result_.entities));
            result_.go.push_back(look_at_newer(plan_, result_.entities, parts_.accept_newer));
        }
        for (const GoItem& item : result_.go) {
            if (!item.go) {
                result_.refused.push_back(item.note);
            }
        }
        result_.refused.insert(result_.refused.end(), found.begin(), found.end());
    }

    ledger::Digest root() {
        std::vector<std::string> names;
        for (const EntityPlan& entity : plan_.entities) {
            names.push_back(entity.table.name);
        }
        return rehearsal::module_root(*live_, entities_, names);
    }

    void begin_record() {
        forget_old(*live_, known_.module.name, now_);
        result_.rollback_until = now_ + std::chrono::milliseconds(known_.module.rollback_ms);
        const ledger::Digest before = root();
        const auto rows = live_->query(kInsert,
                                       {known_.module.name,
                                        known_.rehearsal.id,
                                        parts_.actor,
                                        now_,
                                        result_.rollback_until,
                                        base::Bytes{std::string(before.view())}});
        rows->next();
        result_.promotion = rows->integer(0);
    }

    void write() {
        begins({"step_record"});
        for (const EntityPlan& entity : plan_.entities) {
            store::FirstLoad(*live_, entity.table.name, "").make_again();
        }
        begin_record();
        Record record(*live_, plan_, result_.promotion);
        record.keep_state();
        carry_.start_runs(now_);
        merge_.settle_acts();
        merge_.name_batches();
        for (const EntityPlan& entity : plan_.entities) {
            write(entity, record);
        }
        begins({"step_state"});
        carry_.finish_runs();
        carry_.take(now_, result_.promotion);
        record.note_parts();
        note();
    }

    void write(const EntityPlan& entity, Record& record) {
        begins({"step_merge", {{"entity", entity.table.name}}});
        record.keep_rows(entity);
        const Seal::Rows changing{entity.acts(), "a.act IN (2, 4)"};
        Seal seal(*live_, entity.table, changing);
        merge_.write(entity, now_);
        std::map<std::int64_t, base::RowHash> hashes;
        record.note_rows(entity, seal.sum(), hashes);
        carry_.finish_batches(merge_.written(entity), hashes);
        seal.add_history(changing);
        seal.write();
        sealed_[entity.table.name] = seal.sums();
    }

    void note() {
        std::int64_t last = 0;
        std::int64_t place = 0;
        for (const MappingPlan& each : plan_.mappings) {
            last = std::max(last, each.batch);
            live_->execute(kNoteMapping,
                           {result_.promotion,
                            ++place,
                            each.mapping->name,
                            each.mapping->entity,
                            each.run,
                            each.batch});
        }
        place = 0;
        for (const EntityCount& each : result_.entities) {
            live_->execute(kNoteEntity,
                           {result_.promotion,
                            ++place,
                            each.entity,
                            each.inserted,
                            each.updated,
                            each.confirmed,
                            each.gone,
                            each.unchanged});
        }
        live_->execute(kPromoted, {known_.rehearsal.id});
        live_->execute(kLastBatch, {result_.promotion, last});
    }

    // The signatures are about what was frozen: the live store now holds exactly that.
    void prove() {
        begins({"step_proof"});
        result_.content_root = root();
        const ledger::Digest frozen = as_frozen().content_root;
        if (result_.content_root != frozen) {
            throw base::StoreError(
                "promotion",
                base::Remedy::Stop,
                fmt::format("the live store would hold {} and not {}, which was signed: the "
                            "rehearsal's store was changed, and nothing was promoted",
                            result_.content_root.hex(),
                            frozen.hex()));
        }
    }

    void tell() {
        std::int64_t rows = 0;
        for (const EntityCount& each : result_.entities) {
            rows += each.live();
        }
        const ledger::Digest before = record_digest(*live_, result_.promotion);
        const ledger::Digest checkpoints = checkpoints_digest(*live_, result_.promotion);
        const ledger::Digest list = list_digest(*live_, result_.promotion);
        ledger::Ledger ledger(*live_, parts_.ledger_keys);
        for (const MappingPlan& each : plan_.mappings) {
            for (const store::ContentSum& sum : sealed_.at(each.mapping->entity)) {
                tell_ledger(
                    ledger,
                    now_,
                    {sum.entity, each.mapping->name, each.identity, sum.digest(), sum.rows});
            }
        }
        const ledger::Entry entry =
            ledger.append({now_,
                           known_.module.name,
                           parts_.actor,
                           ledger::Promotion{known_.rehearsal.number,
                                             rows,
                                             known_.gate.content,
                                             result_.content_root,
                                             before,
                                             checkpoints,
                                             result_.rollback_until.time_since_epoch().count(),
                                             list}});
        result_.entry = entry.sequence;
        live_->execute(kEntry, {result_.promotion, entry.sequence});
        store::AuditRepository(*live_).add(
            parts_.actor,
            "migrate.promote",
            fmt::format("{}/{}", known_.module.name, known_.rehearsal.number),
            parts_.accept_newer == 0
                ? fmt::format("entry {}", entry.sequence)
                : fmt::format(
                      "entry {}, {} newer rows accepted", entry.sequence, parts_.accept_newer),
            now_);
    }

    const Known& known_;
    const Parts& parts_;
    std::unique_ptr<store::sql::Connection> live_;
    store::AttachedStore side_;
    std::vector<store::EntityTable> entities_;
    ModulePlan plan_;
    Merge merge_;
    Carry carry_;
    base::Timestamp now_;
    std::map<std::string, std::vector<store::ContentSum>> sealed_;  // by entity
    Result result_;
};

}  // namespace

std::vector<std::string> lease_names(const project::Module& module) {
    std::vector<std::string> names{rehearsal::lease_name(module.name)};
    for (const std::string& mapping : module.mappings) {
        names.push_back("sync/" + mapping);
    }
    return names;
}

Result preview(const Parts& parts,
               const project::Module& module,
               const std::vector<engine::Mapping>& mappings,
               const rehearsal::Rehearsal& rehearsal,
               const Gate& gate) {
    return Promoter({parts, module, mappings, rehearsal, gate}).preview();
}

Result promote(const Parts& parts,
               const project::Module& module,
               const std::vector<engine::Mapping>& mappings,
               const rehearsal::Rehearsal& rehearsal,
               const Gate& gate) {
    return Promoter({parts, module, mappings, rehearsal, gate}).promote();
}

}  // namespace hrbridge::promotion
