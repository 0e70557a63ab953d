#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "migration/promotion/promotion.h"
#include "migration/promotion/proof.h"
#include "migration/promotion/rollback.h"
#include "migration/promotion/seal.h"
#include "migration/promotion/texts.h"
#include "migration/rehearsal/content_root.h"
#include "migration/rehearsal/stored_digest.h"
#include "tests/migration/rehearsal/rehearsal_bench.h"

namespace hrbridge::promotion {

// A live store, four sources, rehearsals of the modules core and posts, and syncs that go on behind
// a promotion.
class PromotionBench : public rehearsal::RehearsalBench {
  protected:
    using Row = std::vector<base::Value>;

    // Loaded and frozen, as if it had been checked and signed.
    rehearsal::Rehearsal rehearsed(const std::string& module) {
        rehearsal::SyncLoader loader = make_loader();
        return rehearsed(module, loader);
    }
    rehearsal::Rehearsal rehearsed(const std::string& module, rehearsal::Loader& loader) {
        const rehearsal::Report report = rehearse(module, loader, true);
        EXPECT_EQ(report.result.outcome, rehearsal::LoadOutcome::Done) << report.result.error;
        connection_->execute("UPDATE rehearsal SET state = 'frozen' WHERE id = $1",
                             {report.rehearsal.id});
        freeze(rehearsal::find(*connection_, module, report.rehearsal.number).value());
        return rehearsal::find(*connection_, module, report.rehearsal.number).value();
    }

    std::int64_t tell(const std::string& subject, ledger::Body body) {
        store::sql::Transaction transaction(*connection_);
        const ledger::Entry entry =
            ledger::Ledger(*connection_, &ledger_keys_)
                .append({system_clock_.now(), subject, "impl01", std::move(body)});
        transaction.commit();
        return entry.sequence;
    }

    struct Leases {
        std::unique_ptr<store::Store> store;
        std::vector<std::unique_ptr<jobs::LeaseKeeper>> keepers;
        std::vector<rehearsal::Lease> held;
    };
    Leases take(const std::vector<std::string>& names) {
        Leases leases;
        leases.store = store::open_store(live());
        for (const std::string& name : names) {
            leases.keepers.push_back(std::make_unique<jobs::LeaseKeeper>(
                jobs::LeaseKeeper::Parts{*leases.store, system_clock_, log_}, name));
            leases.held.push_back({name, leases.keepers.back()->token()});
        }
        return leases;
    }

    // Tells the ledger the root that was loaded and the values that are there now.
    void freeze(const rehearsal::Rehearsal& one) {
        ledger::Frozen frozen;
        frozen.rehearsal = one.number;
        frozen.content_root = one.content_root.value();
        frozen.stored = rehearsal::promoted_digest(
            *side(one), "", rehearsal::stored_part(*project_.find(one.module), mappings_));
        tell(one.module, frozen);
    }
    Gate signed_gate() {
        return {true,
                ledger::Digest::sha256_of("signed"),
                {},
                ledger::Ledger(*connection_, &ledger_keys_).head(),
                {"check01", "boss01"}};
    }

    Result promote(const rehearsal::Rehearsal& one) { return promote(one, signed_gate()); }
    Result promote(const rehearsal::Rehearsal& one,
                   const Gate& gate,
                   const std::function<void(const ledger::Note&)>& begins = {}) {
        const project::Module& module = *project_.find(one.module);
        const Leases leases = take(lease_names(module));
        const store::StoreOptions options = live();
        return promotion::promote({options, &ledger_keys_, clock(), leases.held, "impl01", begins},
                                  module,
                                  mappings_,
                                  one,
                                  gate);
    }
    Result promoted(const std::string& module) {
        Result result = promote(rehearsed(module));
        EXPECT_THAT(words(result.refused), testing::IsEmpty());
        return result;
    }
    Result preview(const rehearsal::Rehearsal& one) { return preview(one, signed_gate()); }
    Result preview(const rehearsal::Rehearsal& one, const Gate& gate) {
        const store::StoreOptions options = live();
        return promotion::preview({options, &ledger_keys_, clock(), {}, "impl01"},
                                  *project_.find(one.module),
                                  mappings_,
                                  one,
                                  gate);
    }
    RollbackResult roll_back(const std::string& module,
                             const Decisions& decisions = {},
                             bool dry = false) {
        const Leases leases = take(rollback_leases(*connection_, module));
        const store::StoreOptions options = live();
        return promotion::roll_back(
            {options, &ledger_keys_, clock(), leases.held, "impl01"}, module, decisions, dry);
    }

    // As the daemon does, with the ledger told.
    jobs::SyncReport sync(const std::string& mapping) {
        jobs::SyncParts parts{**store_,
                              [this](const std::string& name) { return source(name); },
                              &keys_,
                              system_clock_,
                              log_,
                              metrics_};
        parts.seal_content = ledger_teller(&ledger_keys_, system_clock_);
        parts.state_folder = folder_.path();
        for (const engine::Mapping& each : mappings_) {
            if (each.name == mapping) {
                jobs::SyncReport report = jobs::SyncRunner(parts).run(each, {}, stop_.get_token());
                EXPECT_EQ(report.outcome, jobs::SyncOutcome::Done) << report.error;
                return report;
            }
        }
        throw std::logic_error("no mapping " + mapping);
    }
    connectors::Connector* source(const std::string& name) {
        return name == "units"    ? &units_
               : name == "people" ? &people_
               : name == "spells" ? &spells_
               : name == "posts"  ? &posts_
                                  : nullptr;
    }

    std::vector<Row> rows(const std::string& select) {
        std::vector<Row> all;
        const auto found = connection_->query(select, {});
        const int columns = static_cast<int>(columns_in(select));
        while (found->next()) {
            Row row;
            for (int i = 0; i < columns; ++i) {
                row.push_back(found->value(i));
            }
            all.push_back(std::move(row));
        }
        return all;
    }
    // Every byte of these tables, in the order of their first columns.
    std::map<std::string, std::vector<Row>> content(const std::vector<std::string>& tables) {
        std::map<std::string, std::vector<Row>> all;
        for (const std::string& table : tables) {
            all[table] = whole(table);
        }
        return all;
    }
    std::vector<Row> whole(const std::string& table) {
        std::string names;
        for (const auto& column : store::table_columns(*connection_, table)) {
            names += (names.empty() ? "" : ", ") + column.name;
        }
        return rows("SELECT " + names + " FROM " + table + " ORDER BY 1, 2");
    }
    static std::size_t columns_in(const std::string& select) {
        const std::string names = select.substr(0, select.find(" FROM "));
        return static_cast<std::size_t>(std::count(names.begin(), names.end(), ',')) + 1;
    }
    std::int64_t number(const std::string& select) { return std::get<std::int64_t>(one(select)); }
    std::string text_of(const std::string& select) { return std::get<std::string>(one(select)); }

    static std::vector<std::string> words(const std::vector<ledger::Note>& notes) {
        std::vector<std::string> all;
        for (const ledger::Note& note : notes) {
            all.push_back(note.code);
        }
        return all;
    }
    // What `store verify` finds.
    std::vector<std::string> verified() {
        RecordProof record(system_clock_);
        SumProof sum;
        ledger::VerifyOptions options;
        options.proofs = {&record, &sum};
        std::vector<std::string> codes;
        for (const ledger::Finding& finding : ledger::verify(*connection_, options).findings) {
            codes.push_back(finding.note.code);
        }
        return codes;
    }

    base::Clock& clock() { return own_clock_ != nullptr ? *own_clock_ : system_clock_; }

    base::Clock* own_clock_ = nullptr;
    test::TempDir folder_;
    test::MemoryLog log_;
    monitoring::Metrics metrics_;
};

}  // namespace hrbridge::promotion
