#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/store_backup.h"
#include "daemon/backup/texts.h"

namespace hrbridge::app {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShownKey = 16;

std::string say(const CommandContext& context, const ledger::Note& note) {
    return backup::text(context.line.option("language", "zh"), note);
}

std::string size_text(std::int64_t bytes) {
    constexpr double kMiB = 1024.0 * 1024.0;
    return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / kMiB);
}

// Shows how far it is, a few times a second at most by the size of the steps.
backup::Steps steps_of(const CommandContext& context) {
    return {[&context](std::int64_t bytes) {
                context.output.progress(say(context, {"progress", {{"size", size_text(bytes)}}}));
            },
            context.stop};
}

std::string ids_of(const CommandContext& context, const std::vector<std::string>& ids) {
    std::string list;
    for (const std::string& id : ids) {
        list += (list.empty() ? "" : ", ") + id;
    }
    return list.empty() ? say(context, {"none"}) : list;
}

std::string ledger_key_of(const Services& services) {
    return services.ledger_keys ? services.ledger_keys->current().public_key().fingerprint().hex()
                                : std::string();
}

void print_json(const CommandContext& context, const backup::Backup& made) {
    const backup::Manifest& manifest = made.manifest;
    context.output.line(Json{{"path", made.path.string()},
                             {"made_at", base::to_string(manifest.made_at)},
                             {"schema", manifest.copy.schema},
                             {"rows", manifest.rows()},
                             {"bytes", manifest.bytes()},
                             {"sealed_by", ledger_key_of(context.services)},
                             {"ledger_entry", manifest.ledger ? manifest.ledger->entry : 0},
                             {"seal_keys", manifest.seal_keys}}
                            .dump(2));
}

// The shown beginnings of the keys by which a restore proves the manifest and the ledger's end.
std::vector<std::string> ledger_keys(const backup::Manifest& manifest, const std::string& sealing) {
    std::vector<std::string> keys;
    if (!sealing.empty()) {
        keys.push_back(sealing + "…");
    }
    const std::string of_entry = manifest.ledger ? manifest.ledger->key.substr(0, kShownKey) : "";
    if (!of_entry.empty() && of_entry != sealing) {
        keys.push_back(of_entry + "…");
    }
    return keys;
}

void print_made(const CommandContext& context, const backup::Backup& made) {
    const backup::Manifest& manifest = made.manifest;
    const std::string key = ledger_key_of(context.services).substr(0, kShownKey);
    context.output.line(say(context,
                            {"made",
                             {{"path", made.path.string()},
                              {"tables", std::to_string(manifest.copy.rows.size())},
                              {"rows", std::to_string(manifest.rows())},
                              {"size", size_text(manifest.bytes())}}}));
    context.output.line(say(context,
                            key.empty() ? ledger::Note{"made_not_sealed"}
                                        : ledger::Note{"made_sealed", {{"key", key}}}));
    context.output.line(say(context,
                            {"made_needs",
                             {{"seal_keys", ids_of(context, manifest.seal_keys)},
                              {"ledger_key", ids_of(context, ledger_keys(manifest, key))}}}));
}

BackupAsked asked(const CommandContext& context, const char* reason) {
    return {context.line.option("to", backup_folder(context.services.config)),
            reason,
            context.actor,
            steps_of(context)};
}

}  // namespace

Exit run_backup(const CommandContext& context) {
    try {
        const backup::Backup made =
            back_up_store(context.services, asked(context, backup::kByCommand));
        context.line.has("json") ? print_json(context, made) : print_made(context, made);
        return Exit::Done;
    } catch (const base::LeaseHeld&) {
        context.output.error(say(context, {"another"}));
        return Exit::Failed;
    }
}

bool upgrade_waits(const CommandContext& context, int from, int to) {
    if (!context.line.has("unattended") || context.services.config.store_upgrade != "manual") {
        return false;
    }
    context.output.line(say(
        context, {"upgrade_manual", {{"from", std::to_string(from)}, {"to", std::to_string(to)}}}));
    return true;
}

bool back_up_before_upgrade(const CommandContext& context, int from, int to) {
    if (context.line.has("no-backup")) {
        context.output.line(say(context, {"upgrade_no_backup"}));
        return true;
    }
    context.output.line(say(
        context, {"upgrade_first", {{"from", std::to_string(from)}, {"to", std::to_string(to)}}}));
    try {
        print_made(context,
                   back_up_store(context.services, asked(context, backup::kBeforeUpgrade)));
        return true;
    } catch (const base::LeaseHeld&) {
        context.output.error(
            say(context, {"upgrade_stopped", {{"why", say(context, {"another"})}}}));
    } catch (const base::SystemError& error) {
        context.output.error(say(context, {"upgrade_stopped", {{"why", error.what()}}}));
    }
    return false;
}

}  // namespace hrbridge::app
