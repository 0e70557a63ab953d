#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "connectors/file/connector.h"
#include "daemon/app/store_commands.h"
#include "daemon/app/sync_output.h"
#include "daemon/store/readings.h"

namespace hrbridge::app {
namespace {

nlohmann::json to_json(const jobs::SyncReport& report) {
    nlohmann::json changes = nlohmann::json::array();
    for (const auto& change : report.changes) {
        changes.push_back(
            {{"key", change.key}, {"action", change.action}, {"fields", change.fields}});
    }
    return {{"mapping", report.mapping},
            {"outcome", to_string(report.outcome)},
            {"run", report.run_id},
            {"full", report.full},
            {"read", report.rows_read},
            {"inserted", report.inserted},
            {"updated", report.updated},
            {"unchanged", report.unchanged},
            {"duplicates", report.duplicates},
            {"rejected", report.rejected},
            {"held", report.held},
            {"flagged", report.flagged},
            {"released", report.released},
            {"corrected", report.corrected},
            {"batches", report.batches},
            {"seconds", report.seconds},
            {"notes", report.notes},
            {"faults", faults_json(report.faults)},
            {"error", report.error},
            {"changes", changes}};
}

void print_json(const jobs::SyncReport& report, Output& output) {
    output.line(to_json(report).dump(2));
}

std::string by_rule(const std::map<std::string, std::int64_t>& counts) {
    std::string text;
    for (const auto& [rule, rows] : counts) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", rule, rows);
    }
    return text;
}

void print(const jobs::SyncReport& report, Output& output) {
    output.line(
        fmt::format("{:<28} {:<10} {:>9} read  {:>9} new  {:>7} changed  {:>9} unchanged  {:>6} "
                    "rejected  {:>6} held  {:.1f} s",
                    report.mapping,
                    to_string(report.outcome),
                    report.rows_read,
                    report.inserted,
                    report.updated,
                    report.unchanged,
                    report.rows_rejected(),
                    report.rows_held(),
                    report.seconds));
    if (report.outcome == jobs::SyncOutcome::Done && report.rows_read == 0) {
        output.line("  nothing to read that is not stored already");
    }
    if (!report.rejected.empty()) {
        output.line("  rejected by rule: " + by_rule(report.rejected));
    }
    if (!report.held.empty()) {
        output.line(
            fmt::format("  held by rule: {}; {} released", by_rule(report.held), report.released));
    }
    if (!report.flagged.empty()) {
        output.line("  flagged by rule: " + by_rule(report.flagged));
    }
    if (report.duplicates > 0) {
        output.line(
            fmt::format("  {} rows came before a later row of the same key", report.duplicates));
    }
    if (report.corrected > 0) {
        output.line(fmt::format("  {} refused rows without a key are gone from the source: closed",
                                report.corrected));
    }
    print_rest(report.notes, report.faults, report.error, output);
    for (const auto& change : report.changes) {
        output.line(fmt::format("  {} {}", change.action, change.key));
        for (const std::string& field : change.fields) {
            output.line("      " + field);
        }
    }
}

std::vector<const engine::Mapping*> chosen(const CommandContext& context) {
    std::vector<const engine::Mapping*> out;
    const std::string& name = context.line.arguments.front();
    for (const engine::Mapping& mapping : context.services.mappings) {
        if (name == "all" || mapping.name == name) {
            out.push_back(&mapping);
        }
    }
    if (out.empty()) {
        context.output.error(no_mapping(context.services, name));
    }
    return out;
}

// 0 too when the folder cannot be read, which the run itself finds and records.
std::size_t too_young(const file::FileConnector& files, const base::YamlNode& dataset) {
    try {
        return files.too_young(dataset);
    } catch (const base::ConnectorError&) {
        return 0;
    }
}

// Files that this run leaves out, which looks as if there were nothing to read.
std::string left_out(const CommandContext& context, const engine::Mapping& mapping) {
    const auto& all = context.services.connectors;
    const auto found = all.find(mapping.connection);
    const auto* const files = found == all.end()
                                  ? nullptr
                                  : dynamic_cast<const file::FileConnector*>(found->second.get());
    const std::size_t young = files == nullptr ? 0 : too_young(*files, mapping.dataset);
    return young == 0 ? ""
                      : fmt::format(
                            "{} not read yet: changed less than the source's stable: ago; "
                            "the next run takes {}",
                            young == 1 ? "1 file was" : fmt::format("{} files were", young),
                            young == 1 ? "it" : "them");
}

}  // namespace

Exit run_sync(const CommandContext& context) {
    const auto mappings = chosen(context);
    if (mappings.empty()) {
        return Exit::Usage;
    }
    if (context.line.has("sweep")) {
        return run_sweep(context, mappings);
    }
    jobs::SyncRunner runner = context.services.make_runner();
    const auto sync = [&](const engine::Mapping& mapping) -> std::optional<jobs::SyncReport> {
        jobs::SyncOptions options;
        options.full = context.line.has("full");
        options.forced = context.line.has("force");
        options.dry_run = context.line.has("dry-run");
        options.show = static_cast<std::size_t>(context.line.number("limit", kChangesShown));
        options.progress = progress_of(context, mapping.name);
        const std::string young = left_out(context, mapping);
        jobs::SyncReport report = runner.run(mapping, options, context.stop);
        if (!young.empty()) {
            report.notes.push_back(young);
        }
        if (options.dry_run && report.rows_held() > 0) {
            report.notes.emplace_back(
                "a dry run stores no row, so that rows whose parents come in the same run count as "
                "held; a run stores them");
        }
        if (!report.changes.empty()) {
            store::note_reading(
                *context.services.store->connect(),
                {context.actor, "changes.read", mapping.name, report.changes.size()},
                context.services.clock.now());
        }
        return report;
    };
    return run_each<jobs::SyncReport>(context, mappings, {sync, print_json, print});
}

}  // namespace hrbridge::app
