#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/store_commands.h"
#include "daemon/app/sweeping.h"
#include "daemon/app/sync_output.h"
#include "daemon/store/readings.h"

namespace hrbridge::app {
namespace {

nlohmann::json to_json(const jobs::SweepFinding& finding) {
    return {{"kind", finding.kind},
            {"key", finding.key},
            {"fields", finding.fields},
            {"pending", finding.pending},
            {"refused", finding.refused}};
}

nlohmann::json to_json(const jobs::SweepReport& report) {
    return {{"mapping", report.mapping},
            {"sweep", std::string(to_string(report.kind))},
            {"outcome", to_string(report.outcome)},
            {"run", report.run_id},
            {"resumed", report.resumed},
            {"read", report.rows_read},
            {"live", report.live},
            {"unkeyed", report.unkeyed},
            {"changed", report.changed},
            {"added", report.added},
            {"missing", report.missing},
            {"first_missing", report.first_missing},
            {"gone", report.gone},
            {"pending", report.pending},
            {"refused", report.refused},
            {"vanished", report.vanished},
            {"left", report.left},
            {"seconds", report.seconds},
            {"notes", report.notes},
            {"faults", faults_json(report.faults)},
            {"error", report.error}};
}

// As a whole, the findings' JSON would take several times the room of the findings.
void print_json(const jobs::SweepReport& report, Output& output) {
    std::string head = to_json(report).dump(2);
    head.resize(head.rfind('\n'));
    output.line(head + ",\n  \"found\": [");
    for (const jobs::SweepFinding& finding : report.findings) {
        output.line("    " + to_json(finding).dump() +
                    (&finding == &report.findings.back() ? "" : ","));
    }
    output.line("  ]\n}");
}

void print(const jobs::SweepReport& report, Output& output) {
    output.line(fmt::format(
        "{:<28} {:<10} sweep of {}: {:>9} read  {:>9} stored  {:>7} changed  {:>7} added  {:>7} "
        "missing  {:>7} gone  {:>7} pending  {:.1f} s",
        report.mapping,
        to_string(report.outcome),
        to_string(report.kind),
        report.rows_read,
        report.live,
        report.changed,
        report.added,
        report.missing,
        report.gone,
        report.pending,
        report.seconds));
    print_rest(report.notes, report.faults, report.error, output);
    for (const jobs::SweepFinding& finding : report.findings) {
        output.line(fmt::format("  {} {}{}{}",
                                finding.kind,
                                finding.key,
                                finding.refused ? ", refused" : "",
                                finding.pending ? ", which the next sync brings as well" : ""));
        for (const std::string& field : finding.fields) {
            output.line("      " + field);
        }
    }
}

}  // namespace

Exit run_sweep(const CommandContext& context, const std::vector<const engine::Mapping*>& mappings) {
    if (context.line.has("full")) {
        context.output.error("--full and --sweep are two ways of reading everything: choose one");
        return Exit::Usage;
    }
    jobs::SyncRunner runner = context.services.make_runner();
    const auto sweep = [&](const engine::Mapping& mapping) -> std::optional<jobs::SweepReport> {
        if (const std::string why = why_not_swept(context.services, mapping); !why.empty()) {
            context.output.error(fmt::format("{}: {}", mapping.name, why));
            return std::nullopt;
        }
        jobs::SweepOptions options;
        options.kind = context.line.option("sweep") == "keys" ? jobs::SweepKind::Keys
                                                              : jobs::SweepKind::Hashes;
        options.dry_run = context.line.has("dry-run");
        options.forced = context.line.has("force");
        options.show = static_cast<std::size_t>(context.line.number("limit", kChangesShown));
        options.progress = progress_of(context, mapping.name);
        jobs::SweepReport report = runner.sweep(mapping, options, context.stop);
        if (!report.findings.empty()) {
            store::note_reading(
                *context.services.store->connect(),
                {context.actor, "changes.read", mapping.name, report.findings.size()},
                context.services.clock.now());
        }
        return report;
    };
    return run_each<jobs::SweepReport>(context, mappings, {sweep, print_json, print});
}

}  // namespace hrbridge::app
