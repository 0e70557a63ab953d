#include <array>
#include <set>
#include <utility>

#include "daemon/base/text.h"
#include "daemon/base/time.h"
#include "mappings/engine/charset.h"
#include "mappings/engine/loader.h"
#include "mappings/engine/types.h"

namespace hrbridge::engine::loading {
namespace {

void read_read_as(Context& context, base::YamlReader reader) {
    ReadAs& read_as = context.mapping.read_as;
    if (const auto charset = reader.choice("charset", {"utf-8", "gbk", "gb18030", "latin1"})) {
        read_as.charset = *charset;
    }
    if (const auto zone = reader.text("zone")) {
        read_as.zone = *zone;
        if (!base::Zone::find(*zone)) {
            reader.fault("zone",
                         "this machine knows no time zone \"" + base::shorten(*zone, 60) +
                             "\"; write a name like Asia/Shanghai");
        }
    }
    read_as.empty_is_null = choice_or_null(reader, "empty_text", {"keep", "null"}) == "null";
    read_as.trim_char_padding = reader.choice("char_pad", {"keep", "trim_right"}) == "trim_right";
    reader.finish();
}

void read_column(Context& context, const std::string& name, const base::YamlNode& node) {
    const std::string path = "source.columns." + name;
    if (!node.is_scalar()) {
        context.fault(node, path, "a column's type is expected here, such as varchar(20)!");
        return;
    }
    const auto type = parse_contract_type(node.text);
    if (!type) {
        context.fault(node, path, type.fault().what);
        return;
    }
    context.mapping.columns.push_back(
        {name, type->type, type->size, type->scale, type->never_null, node.line});
}

void read_columns(Context& context, base::YamlReader& reader) {
    const base::YamlNode* node = reader.child("columns");
    if (node == nullptr || !node->is_map() || node->entries.empty()) {
        reader.fault("columns",
                     "the contract is required: every column that the "
                     "source gives, with its type");
        return;
    }
    std::set<std::string> seen;
    for (const auto& [name, value] : node->entries) {
        if (!seen.insert(base::to_lower_ascii(name)).second) {
            context.fault(value, "source.columns." + name, "this column is listed before");
        }
        read_column(context, name, value);
    }
}

void read_drift(Context& context, base::YamlReader reader) {
    DriftPolicy& drift = context.mapping.drift;
    using Entry = std::pair<std::string_view, DriftAction DriftPolicy::*>;
    constexpr std::array kEntries{Entry{"added", &DriftPolicy::added},
                                  Entry{"widened", &DriftPolicy::widened},
                                  Entry{"narrowed", &DriftPolicy::narrowed},
                                  Entry{"retyped", &DriftPolicy::retyped},
                                  Entry{"removed", &DriftPolicy::removed}};
    for (const auto& [key, member] : kEntries) {
        if (const auto action = reader.choice(key, {"ignore", "warn", "stop"})) {
            drift.*member = *action == "ignore" ? DriftAction::Ignore
                            : *action == "warn" ? DriftAction::Warn
                                                : DriftAction::Stop;
        }
    }
    if (const auto action = reader.choice("renamed", {"ignore", "warn", "stop"});
        action && *action != "stop") {
        reader.fault("renamed",
                     "a renamed column always stops the run, since its values would be taken for "
                     "another one's; write stop, or leave it out");
    }
    reader.finish();
}

void read_key(Context& context, base::YamlReader& reader) {
    context.mapping.key = reader.texts("key").value_or(std::vector<std::string>());
    if (context.mapping.key.empty()) {
        reader.fault("key", "the source columns that identify a row are required: key: [column]");
    }
    for (const std::string& column : context.mapping.key) {
        if (!context.has_source_column(column)) {
            reader.fault("key",
                         "column " + column + " is not in source.columns" +
                             near_hint(column, context.source_columns()));
        }
    }
}

}  // namespace

void read_source(Context& context, base::YamlReader reader) {
    if (reader.node() == nullptr || !reader.node()->is_map()) {
        return;
    }
    context.mapping.dataset = *reader.node();
    context.mapping.connection = reader.required_text("conn");
    if (reader.has("read_as")) {
        read_read_as(context, reader.map("read_as"));
    }
    read_columns(context, reader);
    read_key(context, reader);
    if (reader.has("drift")) {
        read_drift(context, reader.map("drift"));
    }
    // All other keys belong to the connector, which checks them
    // (Connector::validate).
}

}  // namespace hrbridge::engine::loading
