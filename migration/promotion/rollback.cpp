#include "migration/promotion/rollback.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/first_load.h"
#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"
#include "migration/ledger/ledger.h"
#include "migration/promotion/carry.h"
#include "migration/promotion/changes.h"
#include "migration/promotion/last_promotion.h"
#include "migration/promotion/record.h"
#include "migration/promotion/seal.h"
#include "migration/promotion/undo.h"
#include "migration/rehearsal/content_root.h"

namespace hrbridge::promotion {
namespace {

constexpr std::int64_t kDeletesWorthAnIndex = 100;
constexpr std::string_view kRolledBack =
    "UPDATE promotion SET state = 'rolled_back', rolled_back_at = $2 WHERE id = $1";
constexpr std::string_view kFrozen =
    "UPDATE rehearsal SET state = 'frozen' WHERE id = $1 AND state = 'promoted'";

class Roller {
  public:
    Roller(const Parts& parts, const std::string& module, const Decisions& decisions)
        : parts_(parts),
          module_(module),
          live_(store::open_store(parts.live)->connect()),
          tables_(store::entity_tables(*live_)),
          changes_(*live_, tables_, promoted_, decisions) {}

    RollbackResult run(bool dry) {
        store::sql::Transaction transaction(*live_);
        now_ = parts_.clock.now();
        if (live_->dialect() == store::sql::Dialect::Postgres) {
            live_->run_script("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'");
        }
        if (!find()) {
            return std::move(result_);
        }
        lock(dry);
        look();
        if (!result_.refused.empty()) {
            return std::move(result_);
        }
        undo();
        if (dry) {
            return std::move(result_);
        }
        tell();
        transaction.commit();
        return std::move(result_);
    }

  private:
    void refuse(ledger::Note note) { result_.refused.push_back(std::move(note)); }
    void begins(const ledger::Note& note) const {
        if (parts_.begins) {
            parts_.begins(note);
        }
    }

    const store::EntityTable& table(const std::string& name) const {
        for (const store::EntityTable& each : tables_) {
            if (each.name == name) {
                return each;
            }
        }
        throw base::StoreError(
            "promotion", base::Remedy::Stop, "the promotion is about what is no entity: " + name);
    }

    bool find() {
        all_told_ = told_promotions(*live_);
        const auto newest = std::find_if(all_told_.rbegin(),
                                         all_told_.rend(),
                                         [&](const Told& each) { return each.module == module_; });
        const bool stands = newest != all_told_.rend() && !newest->undone;
        auto last = last_promotion(*live_, module_);
        if (!stands) {
            const bool untold = last && !last->rolled_back();
            refuse({untold ? "untold" : "nothing_promoted", {{"module", module_}}});
            return false;
        }
        told_ = *newest;
        if (!last || last->entry != told_.entry || !is_listed(*live_, told_)) {
            refuse_list(told_);
            return false;
        }
        promoted_ = std::move(*last);
        for (const Promoted::Entity& each : promoted_.entities) {
            entities_.push_back({each.place, table(each.name)});
        }
        result_.promotion = promoted_.id;
        result_.rehearsal = told_.body.rehearsal;
        result_.promoted_at = told_.at;
        result_.until = base::Timestamp(std::chrono::microseconds(told_.body.rollback_until));
        return true;
    }

    void refuse_list(const Told& told) {
        refuse({"list_changed", {{"module", told.module}, {"entry", std::to_string(told.entry)}}});
    }

    void lock(bool dry) {
        for (const PromotedEntity& entity : entities_) {
            store::read_content_sum(*live_, entity.table.name, true);
        }
        store::LeaseRepository leases(*live_);
        for (const rehearsal::Lease& lease : parts_.leases) {
            if (!dry && !leases.holds(lease.name, lease.fencing_token)) {
                throw base::LeaseHeld(lease.name + " was taken over by another process");
            }
        }
    }

    void look() {
        if (now_ > result_.until) {
            refuse({"term_over",
                    {{"module", module_}, {"until", parts_.zone.minute_text(result_.until)}}});
        } else if (promoted_.forgotten) {
            refuse({"record_gone", {{"module", module_}}});
        }
        look_for_dependants();
        if (!result_.refused.empty()) {
            return;
        }
        begins({"step_record_check"});
        if (record_digest(*live_, promoted_.id) != told_.body.before) {
            refuse({"record_changed", {{"entry", std::to_string(promoted_.entry)}}});
            return;
        }
        begins({"step_conflicts"});
        for (const PromotedEntity& entity : entities_) {
            if (!changes_.look(entity)) {
                refuse({"sum_gone", {{"entity", entity.table.name}}});
            }
        }
        result_.conflicts = changes_.open();
        result_.conflicting = changes_.open_rows();
        result_.decided = changes_.decided();
        if (result_.conflicting > 0) {
            refuse({"conflicts", {{"rows", std::to_string(result_.conflicting)}}});
        }
        if (result_.conflicting > static_cast<std::int64_t>(result_.conflicts.size())) {
            refuse({"more_conflicts", {{"rows", std::to_string(result_.conflicts.size())}}});
        }
        for (const auto& [entity, row] : changes_.needless()) {
            refuse({"no_conflict", {{"entity", entity}, {"row", std::to_string(row)}}});
        }
    }

    // What was promoted on top would be left without its parents.
    void look_for_dependants() {
        for (const Told& other : all_told_) {
            if (other.undone || other.entry < told_.entry || other.module == module_) {
                continue;
            }
            if (!is_listed(*live_, other)) {
                refuse_list(other);
            } else if (leans_on_this(*promotion_of_entry(*live_, other.entry))) {
                refuse({"dependant", {{"module", other.module}}});
            }
        }
    }

    bool leans_on_this(const Promoted& other) const {
        return std::any_of(other.entities.begin(), other.entities.end(), [&](const auto& entity) {
            const auto& columns = table(entity.name).columns;
            return std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
                return promoted_.find(column.references) != nullptr;
            });
        });
    }

    void make_stands() {
        for (const PromotedMapping& each : promoted_.mappings) {
            model::Run run;
            run.mapping = each.mapping;
            run.kind = "rollback";
            run.outcome = "done";
            run.started_at = now_;
            if (const auto old = store::RunRepository(*live_).find(each.run)) {
                run.source = old->source;
                run.mapping_hash = old->mapping_hash;
            }
            stands_.push_back(stand_for(*live_, run, now_));
        }
    }

    std::int64_t batch_of(const std::string& entity) const {
        for (std::size_t i = 0; i < stands_.size(); ++i) {
            if (promoted_.mappings[i].entity == entity) {
                return stands_[i].batch;
            }
        }
        throw std::logic_error("no mapping was promoted into " + entity);
    }

    void undo() {
        Undo undo(*live_, tables_, promoted_, told_.at);
        make_stands();
        std::int64_t brought = 0;
        for (const PromotedEntity& entity : entities_) {
            store::FirstLoad(*live_, entity.table.name, "").make_again();
            RolledBack done;
            done.entity = entity.table.name;
            Changes::Kept kept = changes_.kept(entity);
            done.kept = kept.rows;
            done.kept_keys = std::move(kept.keys);
            undo.choose(entity);
            result_.entities.push_back(std::move(done));
            const auto rows = live_->query(
                fmt::format("SELECT count(*) FROM {} WHERE act = 1", entity.rows()), {});
            brought += rows->next() ? rows->integer(0) : 0;
        }
        if (brought > kDeletesWorthAnIndex) {
            undo.make_indexes(entities_);
        }
        write(undo);
        undo.forget_indexes();
        for (const PromotedMapping& each : promoted_.mappings) {
            undo.restore_state(each.mapping, each.run, now_);
        }
    }

    void write(Undo& undo) {
        std::vector<Seal> seals;
        for (const PromotedEntity& entity : entities_) {
            seals.emplace_back(*live_, entity.table, Seal::Rows{entity.rows(), "1 = 1"});
        }
        for (std::size_t i = 0; i < entities_.size(); ++i) {
            begins({"step_restore", {{"entity", entities_[i].table.name}}});
            result_.entities[i].restored = undo.restore(entities_[i]);
        }
        for (std::size_t i = entities_.size(); i-- > 0;) {
            const std::string& name = entities_[i].table.name;
            begins({"step_remove", {{"entity", name}}});
            const Undo::Removed removed = undo.remove(entities_[i], batch_of(name), now_);
            result_.entities[i].deleted = removed.deleted;
            result_.entities[i].stays = removed.stays;
            result_.entities[i].gone = removed.gone;
            seals[i].add({entities_[i].rows(), "1 = 1"});
            seals[i].add_history({entities_[i].rows(), "1 = 1"});
            seals[i].write();
            sealed_[name] = seals[i].sums();
        }
    }

    void tell() {
        begins({"step_proof"});
        live_->execute(kRolledBack, {promoted_.id, now_});
        live_->execute(kFrozen, {promoted_.rehearsal_id});
        std::vector<std::string> names;
        for (const PromotedEntity& entity : entities_) {
            names.push_back(entity.table.name);
        }
        result_.content_root = rehearsal::module_root(*live_, tables_, names);
        std::int64_t rows = 0;
        std::int64_t kept = 0;
        for (const RolledBack& each : result_.entities) {
            rows += each.restored + each.deleted + each.gone;
            kept += each.kept + each.stays;
        }
        ledger::Ledger ledger(*live_, parts_.ledger_keys);
        for (std::size_t i = 0; i < stands_.size(); ++i) {
            const PromotedMapping& each = promoted_.mappings[i];
            for (const store::ContentSum& sum : sealed_.at(each.entity)) {
                tell_ledger(
                    ledger,
                    now_,
                    {sum.entity, each.mapping, stands_[i].identity, sum.digest(), sum.rows});
            }
        }
        result_.entry =
            ledger
                .append({now_,
                         module_,
                         parts_.actor,
                         ledger::Rollback{
                             promoted_.entry, rows, kept, result_.decided, result_.content_root}})
                .sequence;
        store::AuditRepository(*live_).add(parts_.actor,
                                           "migrate.rollback",
                                           module_,
                                           fmt::format("entry {}", result_.entry),
                                           now_);
    }

    const Parts& parts_;
    const std::string& module_;
    std::unique_ptr<store::sql::Connection> live_;
    std::vector<store::EntityTable> tables_;
    base::Timestamp now_;
    Promoted promoted_;
    std::vector<Told> all_told_;  // of every module, in the order of the ledger
    Told told_;
    std::vector<PromotedEntity> entities_;  // parents first
    Changes changes_;
    std::vector<Stand> stands_;  // of the promotion's mappings, in their order
    std::map<std::string, std::vector<store::ContentSum>> sealed_;  // by entity
    RollbackResult result_;
};

}  // namespace

std::vector<std::string> rollback_leases(store::sql::Connection& live, const std::string& module) {
    std::vector<std::string> names{rehearsal::lease_name(module)};
    if (const auto last = last_promotion(live, module)) {
        for (const PromotedMapping& each : last->mappings) {
            names.push_back("sync/" + each.mapping);
        }
    }
    return names;
}

RollbackResult roll_back(const Parts& parts,
                         const std::string& module,
                         const Decisions& decisions,
                         bool dry) {
    return Roller(parts, module, decisions).run(dry);
}

}  // namespace hrbridge::promotion
