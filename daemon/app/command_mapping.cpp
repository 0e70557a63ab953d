#include "daemon/app/command_mapping.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/command_mapping_new.h"
#include "daemon/app/local_services.h"
#include "daemon/app/obstacles.h"
#include "daemon/app/query_check.h"
#include "daemon/base/text.h"
#include "daemon/jobs/reject_rows.h"
#include "mappings/engine/drift.h"
#include "mappings/engine/mapper.h"

namespace hrbridge::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kRowsShown = 10;

std::string text(const Json& object, const char* key) {
    return object[key].get<std::string>();
}

// The fields that the row becomes, personal ones masked.
Json target_of(const engine::Mapping& mapping, const base::Batch& batch, std::size_t row) {
    Json out = Json::object();
    for (const base::Column& column : batch.columns) {
        const auto field =
            std::find_if(mapping.fields.begin(), mapping.fields.end(), [&](const auto& each) {
                return each.target == column.name();
            });
        if (column.is_null(row)) {
            out[column.name()] = "NULL";
            continue;
        }
        const std::string text = base::to_string(column.value(row));
        out[column.name()] = field->pii.empty() ? text : base::mask(text);
    }
    return out;
}

// Rows before and after. A person previews on his own terminal what he is about to map, so that
// columns without a field are shown; personal ones, and what looks like one, stay masked.
Json preview_rows(const engine::Mapping& mapping,
                  const std::vector<base::DescribedColumn>& columns,
                  const base::RawBlock& block,
                  const engine::MapOutcome& mapped) {
    const jobs::RejectRows shown(mapping, columns);
    Json rows = Json::array();
    std::size_t batch_row = 0;
    for (std::size_t row = 0; row < block.rows; ++row) {
        Json out{{"source", Json::object()}};
        const auto cells = shown.cells_of(block, row, jobs::RejectRows::Unread::Shown);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            out["source"][columns[i].name] = cells[i];
        }
        const auto reject = std::find_if(mapped.rejects.begin(),
                                         mapped.rejects.end(),
                                         [&](const auto& each) { return each.row == row; });
        if (reject == mapped.rejects.end()) {
            out["target"] = target_of(mapping, mapped.batch, batch_row++);
        } else {
            out["rejected"] = {
                {"rule", reject->rule}, {"field", reject->field}, {"reason", reject->reason}};
        }
        rows.push_back(std::move(out));
    }
    return rows;
}

Json lines_of(const engine::DriftChange& change) {
    Json lines = Json::array();
    for (const engine::ColumnUse& use : change.uses) {
        lines.push_back(use.line);
    }
    return lines;
}

void print(const Json& preview, Output& output) {
    for (const Json& change : preview["drift"]) {
        output.line("drift: " + text(change, "text"));
    }
    std::size_t number = 0;
    for (const Json& row : preview["rows"]) {
        output.line(fmt::format("row {}", ++number));
        for (const auto& [name, cell] : row["source"].items()) {
            output.line(fmt::format("    {:<24} {}", name, cell.get<std::string>()));
        }
        if (row.contains("rejected")) {
            const Json& reject = row["rejected"];
            output.line(fmt::format("  → rejected by {} ({}): {}",
                                    text(reject, "rule"),
                                    text(reject, "field"),
                                    text(reject, "reason")));
            continue;
        }
        for (const auto& [name, value] : row["target"].items()) {
            output.line(fmt::format("  → {:<24} {}", name, value.get<std::string>()));
        }
    }
    if (number == 0) {
        output.line("the source gives no rows");
    }
}

Exit preview(Services& services, const CommandLine& line, Output& output) {
    const engine::LoadedMapping loaded = engine::load_mapping(line.arguments[0]);
    for (const base::Fault& fault : loaded.faults) {
        output.error(fmt::format("{}: {}", fault.where, fault.what));
    }
    if (!loaded.mapping) {
        return Exit::Usage;
    }
    const engine::Mapping& mapping = *loaded.mapping;
    const auto connector = services.connectors.find(mapping.connection);
    if (connector == services.connectors.end()) {
        output.error("the configuration has no source '" + mapping.connection + "'");
        return Exit::Usage;
    }
    const auto outside = line.has("force")
                             ? std::nullopt
                             : outside_hours_of(mapping, services.config, services.clock.now());
    if (outside) {
        output.error(fmt::format("not asked: {}", *outside));
        return Exit::Failed;
    }
    base::Faults lost;
    const auto source = open_or_fault(mapping,
                                      *connector->second,
                                      lost,
                                      static_cast<std::size_t>(line.number("rows", kRowsShown)));
    if (source == nullptr) {
        print_faults(lost, output);
        return Exit::FaultsFound;
    }
    Json out{{"drift", Json::array()}, {"rows", Json::array()}};
    for (const engine::DriftChange& change : engine::compare_columns(mapping, source->columns())) {
        out["drift"].push_back({{"column", change.column},
                                {"change", std::string(engine::to_string(change.kind))},
                                {"detail", change.detail},
                                {"lines", lines_of(change)},
                                {"text", engine::to_text(change)}});
    }
    auto mapper = engine::Mapper::make(
        mapping, source->columns(), std::chrono::floor<std::chrono::days>(services.clock.now()));
    if (!mapper) {
        output.error(mapper.fault().where + ": " + mapper.fault().what);
        return Exit::FaultsFound;
    }
    base::RawBlock block;
    engine::MapOutcome mapped;
    if (source->read(block, {})) {
        mapper.value().map(block, mapped);
        out["rows"] = preview_rows(mapping, source->columns(), block, mapped);
    }
    if (line.has("json")) {
        output.line(out.dump(2));
    } else {
        print(out, output);
    }
    return mapped.rejects.empty() ? Exit::Done : Exit::FaultsFound;
}

}  // namespace

Exit run_mapping(const CommandLine& line, Output& output) {
    const auto local = load_local_services(line, WithMappings::No);
    print_faults(local->faults, output);
    if (!local->services) {
        return Exit::Usage;
    }
    return line.command == "mapping new" ? new_mapping(*local->services, line, output)
                                         : preview(*local->services, line, output);
}

}  // namespace hrbridge::app
