#include "daemon/app/command_mapping.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "connectors/odbc/connector.h"
#include "daemon/app/logs.h"
#include "daemon/app/services.h"
#include "daemon/base/text.h"
#include "mappings/engine/drift.h"
#include "mappings/engine/mapper.h"
#include "mappings/engine/scaffold.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kRowsShown = 10;

struct Loaded {
    std::unique_ptr<base::Log> log = make_log(base::Level::Warning);
    base::SystemClock clock;
    monitoring::Metrics metrics;
    LoadedServices loaded;
};

// Faults are printed one a line, sorted as they were found.
std::unique_ptr<Loaded> load(const CommandLine& line, Output& output) {
    auto out = std::make_unique<Loaded>();
    out->loaded = load_services(line.config_file, *out->log, out->clock, out->metrics);
    if (line.has("json")) {
        nlohmann::json faults = nlohmann::json::array();
        for (const base::Fault& fault : out->loaded.faults) {
            faults.push_back({{"where", fault.where}, {"what", fault.what}});
        }
        output.line(nlohmann::json{{"faults", faults}}.dump(2));
    } else {
        for (const base::Fault& fault : out->loaded.faults) {
            output.error(fmt::format("{}: {}", fault.where, fault.what));
        }
    }
    return out;
}

template <typename Reach>
bool reach(Output& output, const std::string& name, Reach&& work) {
    try {
        work();
        output.line(fmt::format("{:<24} reached", name));
        return true;
    } catch (const base::SystemError& error) {
        output.error(fmt::format("{:<24} {}: {}", name, error.code(), error.what()));
        return false;
    }
}

bool reach_all(Services& services, Output& output) {
    bool good = reach(output, "store", [&] { services.store->connect(); });
    for (auto& [name, connector] : services.connectors) {
        good = reach(output, "source " + name, [&] { connector->check(); }) && good;
    }
    if (services.wecom) {
        good = reach(output, "wecom", [&] { services.wecom->tokens.token(); }) && good;
    }
    return good;
}

Exit new_mapping(Services& services, const CommandLine& line, Output& output) {
    const auto found = services.connectors.find(line.arguments[0]);
    auto* odbc = found == services.connectors.end()
                     ? nullptr
                     : dynamic_cast<odbc::OdbcConnector*>(found->second.get());
    if (odbc == nullptr) {
        output.error("'" + line.arguments[0] + "' is no ODBC source of the configuration");
        return Exit::Usage;
    }
    engine::ScaffoldInput input;
    input.source = line.arguments[0];
    input.table = line.arguments[1];
    input.entity = line.option("entity");
    input.columns = odbc->describe_table(input.table);
    input.key = odbc->key_columns(input.table);
    if (input.columns.empty()) {
        std::string tables;
        for (const std::string& each : odbc->list_tables()) {
            tables += " " + each;
        }
        output.error(fmt::format("the source has no table '{}'; it has:{}", input.table, tables));
        return Exit::Usage;
    }
    output.line(engine::scaffold_mapping(input));
    return Exit::Done;
}

std::string shown(const base::RawColumn& column, std::size_t row) {
    if (column.is_null(row)) {
        return "NULL";
    }
    if (column.is_absent(row)) {
        return "absent";
    }
    const std::string_view cell = column.cell(row);
    return base::is_valid_utf8(cell) ? std::string(cell) : "0x" + base::to_hex(cell);
}

// A person previews on his own terminal what he is about to map; personal fields stay masked.
void print_rows(const engine::Mapping& mapping,
                const std::vector<base::DescribedColumn>& columns,
                const base::RawBlock& block,
                const engine::MapOutcome& mapped,
                Output& output) {
    std::size_t batch_row = 0;
    for (std::size_t row = 0; row < block.rows; ++row) {
        output.line(fmt::format("row {}", row + 1));
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool personal =
                std::any_of(mapping.fields.begin(), mapping.fields.end(), [&](const auto& field) {
                    return field.from == columns[i].name && !field.pii.empty();
                });
            const std::string text = shown(block.columns[i], row);
            output.line(
                fmt::format("    {:<24} {}", columns[i].name, personal ? base::mask(text) : text));
        }
        const auto reject = std::find_if(mapped.rejects.begin(),
                                         mapped.rejects.end(),
                                         [&](const auto& each) { return each.row == row; });
        if (reject != mapped.rejects.end()) {
            output.line(fmt::format(
                "  → rejected by {} ({}): {}", reject->rule, reject->field, reject->reason));
            continue;
        }
        for (const base::Column& column : mapped.batch.columns) {
            const auto field =
                std::find_if(mapping.fields.begin(), mapping.fields.end(), [&](const auto& each) {
                    return each.target == column.name();
                });
            const std::string text =
                column.is_null(batch_row) ? "NULL" : base::to_string(column.value(batch_row));
            output.line(fmt::format(
                "  → {:<24} {}", column.name(), field->pii.empty() ? text : base::mask(text)));
        }
        ++batch_row;
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
    connectors::ReadRequest request;
    request.dataset = &mapping.dataset;
    request.key = mapping.key;
    request.zone = mapping.read_as.zone;
    request.block_rows = kRowsShown;
    const std::string wanted = line.option("rows");
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), request.block_rows);
    if (!mapping.sync.window_by.empty()) {
        request.window = {mapping.sync.window_by, std::nullopt, connector->second->now()};
    }
    const auto source = connector->second->open(request);
    for (const engine::DriftChange& change : engine::compare_columns(mapping, source->columns())) {
        output.line(fmt::format("drift: column {} {}: {}",
                                change.column,
                                engine::to_string(change.kind),
                                change.detail));
    }
    auto mapper = engine::Mapper::make(
        mapping, source->columns(), std::chrono::floor<std::chrono::days>(services.clock.now()));
    if (!mapper) {
        output.error(mapper.fault().where + ": " + mapper.fault().what);
        return Exit::FaultsFound;
    }
    base::RawBlock block;
    if (!source->read(block, {})) {
        output.line("the source gives no rows");
        return Exit::Done;
    }
    engine::MapOutcome mapped;
    mapper.value().map(block, mapped);
    print_rows(mapping, source->columns(), block, mapped, output);
    return mapped.rejects.empty() ? Exit::Done : Exit::FaultsFound;
}

}  // namespace

Exit run_check(const CommandLine& line, Output& output) {
    const auto loaded = load(line, output);
    if (!loaded->loaded.services) {
        return Exit::Usage;
    }
    if (line.has("all") && !reach_all(*loaded->loaded.services, output)) {
        return Exit::Failed;
    }
    if (!line.has("json")) {
        output.line(fmt::format("{} sources, {} mappings: no faults",
                                loaded->loaded.services->config.sources.size(),
                                loaded->loaded.services->mappings.size()));
    }
    return Exit::Done;
}

Exit run_mapping(const CommandLine& line, Output& output) {
    const auto loaded = load(line, output);
    if (!loaded->loaded.services) {
        return Exit::Usage;
    }
    return line.command == "mapping new" ? new_mapping(*loaded->loaded.services, line, output)
                                         : preview(*loaded->loaded.services, line, output);
}

}  // namespace hrbridge::app
