#include <algorithm>

#include <fmt/format.h>

#include "daemon/processing/register.h"

namespace hrbridge::processing {
namespace {

Stated::Source read_source(base::YamlReader reader) {
    Stated::Source out;
    out.purpose = reader.text("purpose").value_or("");
    out.legal_basis = reader.text("legal_basis").value_or("");
    out.people = reader.text("people").value_or("");
    reader.finish();
    return out;
}

}  // namespace

Stated read_stated(base::YamlReader reader, const std::vector<std::string>& sources) {
    Stated out;
    out.controller = reader.text("controller").value_or("");
    out.contact = reader.text("contact").value_or("");
    out.officer = reader.text("officer").value_or("");
    out.transfers = reader.text("transfers").value_or("");
    if (const base::YamlNode* const stated = reader.child("sources")) {
        base::YamlReader by_name = reader.map("sources");
        for (const auto& [name, node] : stated->entries) {
            if (std::find(sources.begin(), sources.end(), name) == sources.end()) {
                by_name.fault(name, fmt::format("the configuration has no source '{}'", name));
                static_cast<void>(by_name.child(name));
                continue;
            }
            out.sources[name] = read_source(by_name.map(name));
        }
        by_name.finish();
    }
    reader.finish();
    return out;
}

}  // namespace hrbridge::processing
