#include "migration/rehearsal/rehearser.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "daemon/store/repositories.h"
#include "migration/rehearsal/record.h"
#include "migration/rehearsal/side_counts.h"
#include "migration/rehearsal/side_digests.h"

namespace hrbridge::rehearsal {
namespace {

constexpr std::size_t kMostProblem = 2000;  // bytes
constexpr std::string_view kDrop =
    "UPDATE rehearsal SET state = 'dropped' WHERE id = $1 AND state <> 'dropped'";

bool goes_on(const Rehearsal& rehearsal, const std::string& set) {
    return !rehearsal.is_loaded() && rehearsal.state != State::Dropped &&
           rehearsal.mapping_set == set;
}

std::string problem_of(const LoadResult& result) {
    std::string text = result.error;
    for (const base::Fault& fault : result.faults) {
        text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", fault.where, fault.what);
    }
    return base::shorten(text.empty() ? "stopped" : text, kMostProblem);
}

// One rehearsal, from where it is to its end.
class Course {
  public:
    Course(const Parts& parts,
           store::Store& live,
           const project::Module& module,
           const std::vector<engine::Mapping>& mappings)
        : parts_(parts),
          live_(live),
          record_(live, parts.lease, parts.ledger_keys, parts.clock, parts.actor),
          module_(module),
          mappings_(mappings),
          entities_(store::entity_tables(*live.connect())) {}

    // The rehearsal to go on with; a new one when there is none.
    void choose(const project::Project& project, bool fresh, Report& report) {
        const auto chosen = project::mappings_of(module_, mappings_);
        const std::string set = mapping_set(chosen).hex();
        const std::vector<Rehearsal> all = list(*live_.connect(), module_.name);
        if (!fresh && !all.empty() && goes_on(all.back(), set)) {
            report.rehearsal = all.back();
            report.resumed = true;
            return;
        }
        const std::int64_t number =
            record_.begin(project, module_, chosen, !parents().empty(), first_free_number());
        report.rehearsal = find(*live_.connect(), module_.name, number).value();
    }

    void run(Report& report, const std::stop_token& stop) {
        prepare(report);
        for (Step& step : report.rehearsal.steps) {
            if (step.done) {
                continue;
            }
            if (stop.stop_requested()) {
                report.result.outcome = LoadOutcome::Stopped;
                return;
            }
            if (!take(report, step, stop)) {
                return;
            }
        }
    }

  private:
    std::vector<std::string> parents() const {
        return project::parents_of(module_, mappings_, entities_);
    }

    // Behind a restored live store there may be what a later rehearsal of the lost one left.
    std::int64_t first_free_number() {
        std::int64_t number = record_.next_number(module_.name);
        while (store::side_is_taken(parts_.live, {module_.name, number})) {
            ++number;
        }
        return number;
    }

    // A resumed one may have been made by an earlier program; its store must still be there.
    void prepare(const Report& report) {
        const Step& create = report.rehearsal.steps.front();
        if (!create.done) {
            return;
        }
        if (!store::side_is_taken(parts_.live, report.rehearsal.side())) {
            throw base::StoreError(
                "rehearsal",
                base::Remedy::Stop,
                fmt::format("the store of rehearsal {} of {} is gone; drop the rehearsal and begin "
                            "a new one",
                            report.rehearsal.number,
                            module_.name));
        }
        store::create_side(parts_.live, report.rehearsal.side());
    }

    // False when the rehearsal cannot go on; the report then says why.
    bool take(Report& report, Step& step, const std::stop_token& stop) {
        Rehearsal& rehearsal = report.rehearsal;
        record_.step_begins(rehearsal, step);
        ++step.attempts;
        if (parts_.begins) {
            parts_.begins(rehearsal, step);
        }
        const auto began = std::chrono::steady_clock::now();
        LoadResult result = work(rehearsal, step, stop);
        step.microseconds += std::chrono::duration_cast<std::chrono::microseconds>(
                                 std::chrono::steady_clock::now() - began)
                                 .count();
        ++step.ended;
        step.done = result.outcome == LoadOutcome::Done;
        step.problem = step.done ? "" : problem_of(result);
        write(rehearsal, step);
        report.mapping = step.mapping;
        report.result = std::move(result);
        if (parts_.ended) {
            parts_.ended(rehearsal, step);
        }
        return step.done;
    }

    void write(Rehearsal& rehearsal, const Step& step) {
        if (!step.done) {
            record_.step_failed(rehearsal, step);
        } else if (step.kind == StepKind::Roots) {
            record_.loaded(rehearsal, step);
            Rehearsal loaded = find(*live_.connect(), rehearsal.module, rehearsal.number).value();
            loaded.steps = std::move(rehearsal.steps);  // they are walked over: `step` is of them
            rehearsal = std::move(loaded);
        } else {
            record_.step_done(rehearsal, step);
        }
    }

    LoadResult work(Rehearsal& rehearsal, Step& step, const std::stop_token& stop) {
        switch (step.kind) {
            case StepKind::Create:
                store::create_side(parts_.live, rehearsal.side());
                return {};
            case StepKind::Parents:
                step.rows = store::copy_entities(parts_.live, rehearsal.side(), parents());
                return {};
            case StepKind::Load:
                return load(rehearsal, step, stop);
            case StepKind::Settle:
                return settle(rehearsal, step, stop);
            case StepKind::Roots:
                return count(rehearsal, step);
        }
        return {};
    }

    // Its batches need not wait for the disk: a step's end is written down in the live store, and
    // that waits for all that came before. What a crash takes is loaded again.
    std::unique_ptr<store::Store> side(const Rehearsal& rehearsal) const {
        store::StoreOptions options = store::side_options(parts_.live, rehearsal.side());
        options.waits_for_disk = false;
        return store::open_store(options);
    }

    LoadResult load(const Rehearsal& rehearsal, Step& step, const std::stop_token& stop) {
        const auto store = side(rehearsal);
        LoadResult result = parts_.loader.load(*store, mapping(step.mapping), stop);
        const MappingCount counted = count_mapping(*store->connect(), step.mapping);
        step.rows = counted.stored;
        step.rejects = counted.rejected + counted.held;
        return result;
    }

    // Rows that waited for a parent which a later mapping brought.
    LoadResult settle(const Rehearsal& rehearsal, Step& step, const std::stop_token& stop) {
        const auto store = side(rehearsal);
        const auto connection = store->connect();
        LoadResult result;
        step.rows = 0;
        step.rejects = 0;
        for (const engine::Mapping* const each : project::mappings_of(module_, mappings_)) {
            const MappingCount before = count_mapping(*connection, each->name);
            if (before.held > 0) {
                result = parts_.loader.replay(*store, *each, stop);
            }
            const MappingCount after = count_mapping(*connection, each->name);
            step.rows += before.held - after.held;
            step.rejects += after.rejected + after.held;
            if (result.outcome != LoadOutcome::Done) {
                break;
            }
        }
        return result;
    }

    LoadResult count(Rehearsal& rehearsal, Step& step) {
        const auto store = side(rehearsal);
        const auto connection = store->connect();
        rehearsal.rejects.clear();
        std::map<std::string, std::int64_t> rows;
        for (MappingCount& each : rehearsal.mappings) {
            const MappingCount counted = count_mapping(*connection, each.mapping);
            each.read = counted.read;
            each.stored = counted.stored;
            each.rejected = counted.rejected;
            each.held = counted.held;
            rows[mapping(each.mapping).entity] += counted.stored;
            for (RuleCount& rule : count_rules(*connection, each.mapping)) {
                rehearsal.rejects.push_back(std::move(rule));
            }
        }
        step.rows = rehearsal.rows_stored();
        step.rejects = rehearsal.rows_rejected();
        const SideDigests digests =
            side_digests(*store, *connection, entities_, stored_part(module_, mappings_), rows);
        rehearsal.content_root = digests.content_root;
        rehearsal.stored = digests.stored;
        return {};
    }

    const engine::Mapping& mapping(const std::string& name) const {
        for (const engine::Mapping& each : mappings_) {
            if (each.name == name) {
                return each;
            }
        }
        throw std::logic_error("a rehearsal's step names no mapping");
    }

    const Parts& parts_;
    store::Store& live_;
    Record record_;
    const project::Module& module_;
    const std::vector<engine::Mapping>& mappings_;
    std::vector<store::EntityTable> entities_;
};

}  // namespace

std::string lease_name(const std::string& module) {
    return "rehearsal/" + module;
}

Report Rehearser::run(const project::Project& project,
                      const project::Module& module,
                      const std::vector<engine::Mapping>& mappings,
                      bool fresh,
                      const std::stop_token& stop) {
    const auto live = store::open_store(parts_.live);
    Course course(parts_, *live, module, mappings);
    Report report;
    course.choose(project, fresh, report);
    course.run(report, stop);
    return report;
}

bool drop(const store::StoreOptions& live,
          const Lease& lease,
          const Rehearsal& rehearsal,
          bool forced,
          const std::string& actor,
          base::Timestamp now) {
    if (!forced && (rehearsal.state == State::Frozen || rehearsal.state == State::Promoted)) {
        return false;
    }
    const auto connection = store::open_store(live)->connect();
    {
        store::sql::Transaction transaction(*connection);
        if (!store::LeaseRepository(*connection).holds(lease.name, lease.fencing_token)) {
            throw base::LeaseHeld("another process works on the rehearsals of this module");
        }
        if (connection->execute(kDrop, {rehearsal.id}) > 0) {
            store::AuditRepository(*connection)
                .add(actor,
                     "rehearsal.drop",
                     fmt::format("{}/{}", rehearsal.module, rehearsal.number),
                     std::string(to_string(rehearsal.state)),
                     now);
        }
        transaction.commit();
    }
    store::drop_side(live, rehearsal.side());
    return true;
}

}  // namespace hrbridge::rehearsal
