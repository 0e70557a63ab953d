#include <nlohmann/json.hpp>

#include "daemon/app/erasing.h"
#include "daemon/app/store_backup.h"
#include "daemon/app/store_proof.h"
#include "daemon/backup/restore.h"
#include "daemon/backup/texts.h"
#include "daemon/base/error.h"

namespace hrbridge::app {
namespace {

using Json = nlohmann::json;

// With --json there is one document, that of the restore.
class Silent final : public Output {
  public:
    void line(std::string_view /*text*/) override {}
    void error(std::string_view /*text*/) override {}
    void progress(std::string_view /*text*/) override {}
};

std::string say(const CommandContext& context, const ledger::Note& note) {
    return backup::text(context.line.option("language", "zh"), note);
}

const char* word_of(backup::Restored outcome) {
    return outcome == backup::Restored::Done      ? "done"
           : outcome == backup::Restored::Damaged ? "damaged"
                                                  : "refused";
}

void print_json(const CommandContext& context, const backup::RestoreResult& result) {
    Json notes = Json::array();
    for (const ledger::Note& note : result.notes) {
        notes.push_back({{"code", note.code}, {"text", say(context, note)}});
    }
    Json json{{"outcome", word_of(result.outcome)}, {"notes", notes}, {"kept", result.kept}};
    if (result.manifest) {
        json["made_at"] = base::to_string(result.manifest->made_at);
        json["rows"] = result.manifest->rows();
        json["ledger_entry"] = result.manifest->ledger ? result.manifest->ledger->entry : 0;
    }
    context.output.line(json.dump(2));
}

void print_result(const CommandContext& context, const backup::RestoreResult& result) {
    if (result.outcome != backup::Restored::Done) {
        for (const ledger::Note& note : result.notes) {
            context.output.error(say(context, note));
        }
        return;
    }
    const backup::Manifest& manifest = *result.manifest;
    context.output.line(
        say(context,
            {"restored",
             {{"at", zone_of(context.services).minute_text(manifest.made_at)},
              {"rows", std::to_string(manifest.rows())},
              {"entry", std::to_string(manifest.ledger ? manifest.ledger->entry : 0)}}}));
    if (!result.kept.empty()) {
        context.output.line(say(context, {"restored_kept", {{"kept", result.kept}}}));
    }
    for (const ledger::Note& note : result.notes) {
        context.output.line(say(context, note));
    }
    context.output.line(say(context, {"restored_next"}));
}

bool prove(const CommandContext& context,
           store::Store& restored,
           const backup::Manifest& manifest) {
    const Services& services = context.services;
    ProofAsked asked{services.clock,
                     services.ledger_keys ? &*services.ledger_keys : nullptr,
                     std::nullopt,
                     context.line.option("language", "zh"),
                     false,
                     context.stop};
    if (manifest.ledger && !manifest.ledger->line.empty()) {
        auto printed = ledger::parse_line(manifest.ledger->line);
        if (auto* const head = std::get_if<ledger::Head>(&printed)) {
            asked.printed = std::move(*head);
        }
    }
    Silent silent;
    Output& output = context.line.has("json") ? silent : context.output;
    return prove_store(*restored.connect(), asked, output) != ledger::Outcome::Fail;
}

void tell_of_the_erased(const CommandContext& context) {
    try {
        const std::size_t people = to_erase_again(context.services).size();
        if (people > 0) {
            context.output.error(
                say(context, {"restored_people", {{"people", std::to_string(people)}}}));
        }
    } catch (const CannotErase& why) {
        context.output.error(why.what());
    } catch (const base::StoreError& error) {
        context.output.error(error.what());
    }
}

}  // namespace

Exit run_restore(const CommandContext& context) {
    if (context.daemon) {
        context.output.error(say(context, {"daemon_running"}));
        return Exit::Failed;
    }
    const Services& services = context.services;
    const backup::RestoreResult result =
        backup::restore_backup({services.config.store,
                                services.ledger_keys ? &*services.ledger_keys : nullptr,
                                services.keys ? &*services.keys : nullptr,
                                services.clock},
                               {context.line.arguments.front(),
                                context.actor,
                                context.line.has("replace"),
                                context.line.has("unproven"),
                                [&](store::Store& restored, const backup::Manifest& manifest) {
                                    return prove(context, restored, manifest);
                                },
                                {{}, context.stop}});
    context.line.has("json") ? print_json(context, result) : print_result(context, result);
    if (result.outcome == backup::Restored::Done) {
        tell_of_the_erased(context);
    }
    return result.outcome == backup::Restored::Done      ? Exit::Done
           : result.outcome == backup::Restored::Damaged ? Exit::FaultsFound
                                                         : Exit::Failed;
}

}  // namespace hrbridge::app
