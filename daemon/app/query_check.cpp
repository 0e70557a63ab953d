#include "daemon/app/query_check.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

#include "connectors/lost_column.h"
#include "daemon/app/obstacles.h"
#include "daemon/base/error.h"
#include "daemon/jobs/lost_column.h"
#include "mappings/engine/drift.h"
#include "mappings/engine/mapper.h"

namespace hrbridge::app {
namespace {

constexpr std::string_view kNobodyYet = "users";  // check-ins of people whom the store lacks yet

std::string place_of(const engine::Mapping& mapping, const char* key) {
    const base::YamlNode* node = mapping.dataset.find(key);
    return fmt::format(
        "{}: source.{}", node == nullptr ? mapping.dataset.place() : node->place(), key);
}

void add_drift(const engine::Mapping& mapping,
               const engine::DriftChange& change,
               CheckedQuery& out) {
    if (change.action == engine::DriftAction::Ignore) {
        return;
    }
    const base::Faults faults = engine::drift_faults(mapping, change);
    if (change.action == engine::DriftAction::Warn) {
        out.notes.push_back(faults.front().where + ": " + engine::to_text(change));
        return;
    }
    out.faults.insert(out.faults.end(), faults.begin(), faults.end());
}

void add_mapper_fault(const engine::Mapping& mapping, base::Fault fault, CheckedQuery& out) {
    if (fault.where == mapping.file + ": source.key") {
        fault.where = place_of(mapping, "key");
    }
    const bool known = std::any_of(out.faults.begin(), out.faults.end(), [&](const auto& each) {
        return each.where == fault.where;
    });
    if (!known) {
        out.faults.push_back(std::move(fault));
    }
}

// Where a mapping says what to read, whatever the kind of its source.
std::string place_of_rows(const engine::Mapping& mapping) {
    for (const char* key : {"query", "files", "path", "url"}) {
        if (mapping.dataset.find(key) != nullptr) {
            return place_of(mapping, key);
        }
    }
    return mapping.dataset.place() + ": source";
}

void check_query(const Services& services,
                 const engine::Mapping& mapping,
                 connectors::Connector& connector,
                 CheckedQuery& out) {
    const auto source = open_or_fault(mapping, connector, out.faults);
    if (source == nullptr) {
        return;
    }
    const auto& columns = source->columns();
    out.columns = static_cast<std::size_t>(
        std::count_if(columns.begin(), columns.end(), [](const base::DescribedColumn& column) {
            return !column.name.starts_with('#');
        }));
    for (const engine::DriftChange& change : engine::compare_columns(mapping, source->columns())) {
        add_drift(mapping, change, out);
    }
    const auto mapper = engine::Mapper::make(
        mapping, source->columns(), std::chrono::floor<std::chrono::days>(services.clock.now()));
    if (!mapper) {
        add_mapper_fault(mapping, mapper.fault(), out);
    }
}

}  // namespace

std::unique_ptr<connectors::Source> open_or_fault(const engine::Mapping& mapping,
                                                  connectors::Connector& connector,
                                                  base::Faults& faults,
                                                  std::size_t block_rows) {
    connectors::ReadRequest request = whole_request(mapping, connector);
    if (block_rows > 0) {
        request.block_rows = block_rows;
    }
    try {
        return connector.open(request);
    } catch (const base::ConnectorError& error) {
        if (!connectors::names_lost_column(error)) {
            throw;
        }
        const base::Faults lost =
            jobs::look_for_lost_column(mapping, connector, request, error).faults;
        faults.insert(faults.end(), lost.begin(), lost.end());
        return nullptr;
    }
}

connectors::ReadRequest whole_request(const engine::Mapping& mapping,
                                      connectors::Connector& connector) {
    connectors::ReadRequest request;
    request.dataset = &mapping.dataset;
    request.key = mapping.key;
    request.zone = mapping.read_as.zone;
    request.text_as_bytes = mapping.read_as.charset != "utf-8";
    if (!mapping.sync.window_by.empty()) {
        request.window = {mapping.sync.window_by, std::nullopt, connector.now({})};
    }
    return request;
}

std::vector<CheckedQuery> check_queries(Services& services,
                                        const std::set<std::string>& reached,
                                        bool forced) {
    std::vector<CheckedQuery> all;
    for (const engine::Mapping& mapping : services.mappings) {
        if (reached.count(mapping.connection) == 0) {
            continue;
        }
        CheckedQuery out;
        out.mapping = mapping.name;
        const auto outside = forced
                                 ? std::nullopt
                                 : outside_hours_of(mapping, services.config, services.clock.now());
        try {
            if (outside) {
                throw connectors::PutOff(*outside);
            }
            check_query(services, mapping, *services.connectors.at(mapping.connection), out);
        } catch (const base::ConnectorError& error) {
            if (error.code() == kNobodyYet) {
                out.notes.push_back(std::string("not prepared: ") + error.what());
            } else if (error.remedy() == base::Remedy::Retry) {
                out.failure = error.what();
            } else {
                out.faults.push_back({place_of_rows(mapping), error.what()});
            }
        } catch (const connectors::PutOff& why) {
            out.failure = fmt::format("not asked: {}", why.what());
        } catch (const base::StoreError& error) {
            // Who asks the store whom to read; the store has a line of its own.
            out.notes.push_back(std::string("not prepared: ") + error.what());
        }
        all.push_back(std::move(out));
    }
    return all;
}

}  // namespace hrbridge::app
