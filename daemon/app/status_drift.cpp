#include "daemon/app/status_drift.h"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/base/text.h"
#include "daemon/store/drift_repository.h"

namespace hrbridge::app {
namespace {

using Json = nlohmann::json;

Json json_of(const engine::Mapping& mapping, const store::OpenDrift& drift) {
    Json lines = Json::array();
    for (const std::string_view line : base::split(drift.mapping_lines, ',')) {
        lines.push_back(std::stoi(std::string(line)));
    }
    return {{"mapping", drift.mapping},
            {"action", drift.stops ? "stop" : "warn"},
            {"column", drift.column},
            {"kind", drift.kind},
            {"old_type", drift.old_type},
            {"new_type", drift.new_type},
            {"detail", drift.detail},
            {"file", mapping.file},
            {"lines", std::move(lines)},
            {"first_seen", base::to_string(drift.first_seen)},
            {"last_seen", base::to_string(drift.last_seen)},
            {"mapping_changed", drift.mapping_hash != mapping.hash}};
}

std::string line_of(const Json& drift) {
    const auto text = [&drift](const char* key) { return drift[key].get<std::string>(); };
    const std::string column = text("column");
    return fmt::format("drift   {:<28} {:<7} {}{}: {}; since {}, last seen {}; {}:{}{}",
                       text("mapping"),
                       text("action") == "stop" ? "stopped" : "warned",
                       column.empty() ? "" : "column " + column + " ",
                       text("kind"),
                       text("detail"),
                       text("first_seen"),
                       text("last_seen"),
                       text("file"),
                       fmt::join(drift["lines"].get<std::vector<int>>(), ", "),
                       drift["mapping_changed"].get<bool>()
                           ? " (the mapping was changed since: its next run looks again)"
                           : "");
}

}  // namespace

// A mapping that is no longer configured, or by another daemon only, is not looked at from here.
Json drift_json(const Services& services, store::sql::Connection& connection) {
    Json out = Json::array();
    for (const store::OpenDrift& drift : store::DriftRepository(connection).all()) {
        if (const engine::Mapping* mapping = services.find_mapping(drift.mapping)) {
            out.push_back(json_of(*mapping, drift));
        }
    }
    return out;
}

void print_drift(Output& output, const Json& drift) {
    for (const Json& each : drift) {
        output.line(line_of(each));
    }
}

}  // namespace hrbridge::app
