#include "daemon/app/rehearsal_loader.h"

#include <utility>

#include "daemon/app/sync_output.h"

namespace hrbridge::app {
namespace {

rehearsal::LoadOutcome outcome_of(jobs::SyncOutcome outcome) {
    switch (outcome) {
        case jobs::SyncOutcome::Done:
            return rehearsal::LoadOutcome::Done;
        case jobs::SyncOutcome::FaultsFound:
        case jobs::SyncOutcome::Misconfigured:
            return rehearsal::LoadOutcome::Faults;
        case jobs::SyncOutcome::Stopped:
            return rehearsal::LoadOutcome::Stopped;
        case jobs::SyncOutcome::PutOff:
        case jobs::SyncOutcome::Busy:
        case jobs::SyncOutcome::Failed:
            return rehearsal::LoadOutcome::Failed;
    }
    return rehearsal::LoadOutcome::Failed;
}

}  // namespace

// What promotes the rows proves their foreign keys in the live store, whose rows count.
jobs::SyncRunner RehearsalLoader::runner(store::Store& into) {
    return context_.services.make_runner(into, metrics_, store::FirstLoad::Proof::ByOthers);
}

rehearsal::LoadResult RehearsalLoader::load(store::Store& into,
                                            const engine::Mapping& mapping,
                                            const std::stop_token& stop) {
    jobs::SyncOptions options;
    options.forced = context_.line.has("force");
    options.progress = progress_of(context_, mapping.name);
    jobs::SyncReport report = runner(into).run(mapping, options, stop);
    return {outcome_of(report.outcome),
            std::move(report.error),
            std::move(report.faults),
            std::move(report.notes)};
}

rehearsal::LoadResult RehearsalLoader::replay(store::Store& into,
                                              const engine::Mapping& mapping,
                                              const std::stop_token& stop) {
    jobs::ReplayReport report = runner(into).replay(mapping, stop);
    return {outcome_of(report.outcome), std::move(report.error), {}, std::move(report.notes)};
}

}  // namespace hrbridge::app
