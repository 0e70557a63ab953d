#include <algorithm>
#include <set>

#include "daemon/base/text.h"
#include "mappings/engine/checks.h"
#include "mappings/engine/convert.h"
#include "mappings/engine/loader.h"
#include "mappings/engine/pattern.h"
#include "mappings/engine/steps.h"
#include "mappings/engine/types.h"

namespace hrbridge::engine::loading {
namespace {

void check_column(Context& context,
                  base::YamlReader& reader,
                  std::string_view key,
                  const std::string& name) {
    if (!context.has_source_column(name)) {
        reader.fault(key,
                     "column " + name + " is not in source.columns" +
                         near_hint(name, context.source_columns()));
    }
}

void read_origin(Context& context, base::YamlReader& reader, FieldRule& rule) {
    rule.from = reader.text("from").value_or("");
    rule.value = reader.text("value");
    if (rule.from.empty() != rule.value.has_value()) {
        reader.fault(rule.value ? "value" : "from",
                     "a field has either from: (a source column) or value: (a constant)");
        return;
    }
    if (!rule.from.empty()) {
        check_column(context, reader, "from", rule.from);
    }
}

void read_steps(Context& context, base::YamlReader& reader, FieldRule& rule) {
    for (const std::string& text : reader.texts("do").value_or(std::vector<std::string>())) {
        auto step = parse_step(text);
        if (!step) {
            reader.fault("do", step.fault().what);
            continue;
        }
        for (std::size_t i = find_step(step->name)->columns_from; i < step->arguments.size(); ++i) {
            check_column(context, reader, "do", step->arguments[i]);
        }
        rule.steps.push_back(std::move(step).value());
    }
}

void read_type(base::YamlReader& reader, FieldRule& rule) {
    const std::string text = reader.required_text("type");
    if (text.empty()) {
        return;
    }
    auto type = parse_type(text);
    if (!type) {
        reader.fault("type", type.fault().what);
        return;
    }
    rule.type = *type;
    const bool only_from = rule.steps.empty() && rule.codes.empty() && !rule.value;
    if (rule.type.kind == base::Kind::Bytes && !only_from) {
        reader.fault("type", "bytes are stored as they come: no value, steps or codes");
    }
}

void read_reference(base::YamlReader& reader, FieldRule& rule) {
    if (const auto text = reader.text("ref")) {
        rule.ref = parse_reference(*text);
        if (!rule.ref) {
            reader.fault("ref", "a reference names an entity and its key column: org_unit.code");
        }
    }
    const auto otherwise = choice_or_null(reader, "else", {"reject", "hold", "null"});
    if (!otherwise) {
        return;
    }
    rule.otherwise = *otherwise == "hold"   ? Otherwise::Hold
                     : *otherwise == "null" ? Otherwise::Null
                                            : Otherwise::Reject;
    if (!rule.ref && rule.codes.empty() && !reader.has("map")) {
        reader.fault("else",
                     "else: goes with map: or ref:, it says what happens "
                     "when nothing is found");
    }
    if (rule.otherwise == Otherwise::Hold && !rule.ref) {
        reader.fault("else",
                     "only a reference can hold a row until its parent "
                     "comes; a code cannot come");
    }
    if (rule.otherwise == Otherwise::Null && !rule.optional) {
        reader.fault("else", "else: null needs opt: true");
    }
}

void read_range(base::YamlReader& reader, FieldRule& rule) {
    const base::YamlNode* node = reader.child("range");
    if (node == nullptr) {
        return;
    }
    const bool two =
        node->is_list() && node->items.size() == 2 &&
        std::all_of(node->items.begin(), node->items.end(), [](const base::YamlNode& item) {
            return item.is_scalar() || item.kind == base::YamlNode::Kind::Null;
        });
    if (!two) {
        reader.fault("range",
                     "a range has two bounds, [1940-01-01, today-16y]; an "
                     "empty one is open");
        return;
    }
    rule.low = node->items[0].text;
    rule.high = node->items[1].text;
    const base::Date any_day{std::chrono::year{2024} / 1 / 1};
    const auto bound = [&](const std::string& text, bool high) -> std::optional<base::Int128> {
        if (text.empty()) {
            return std::nullopt;
        }
        auto value = parse_bound(text, rule.type, any_day, base::Zone::utc(), high);
        if (!value) {
            reader.fault("range",
                         "\"" + base::shorten(text, 40) + "\" is no bound of a field of type " +
                             base::to_string(rule.type) +
                             "; numbers, dates and today-16y, today+60d, today-6m are");
        }
        return value;
    };
    const auto low = bound(rule.low, false);
    const auto high = bound(rule.high, true);
    if (low && high && *low > *high) {
        reader.fault("range", "the lower bound is above the upper bound: no value could pass");
    }
}

void read_check(base::YamlReader& reader, FieldRule& rule) {
    const auto name = reader.text("check");
    if (!name) {
        return;
    }
    rule.check = *name;
    const auto check = find_check(*name);
    if (!check) {
        const std::vector<std::string> names(check_names().begin(), check_names().end());
        reader.fault("check",
                     "\"" + base::shorten(*name, 40) + "\" is no check" + near_hint(*name, names));
        return;
    }
    const bool of_date = *check == Check::NotFuture || *check == Check::NotWeekend;
    const bool date = rule.type.kind == base::Kind::Date || rule.type.kind == base::Kind::Timestamp;
    if (of_date != date) {
        reader.fault("check",
                     of_date ? "this check looks at dates and timestamps only"
                             : "this check looks at text only");
    }
}

void read_format_rules(base::YamlReader& reader, FieldRule& rule) {
    rule.match = reader.text("match").value_or("");
    if (!rule.match.empty()) {
        if (const auto pattern = Pattern::compile(rule.match); !pattern) {
            reader.fault("match", pattern.fault().what);
        }
    }
    read_range(reader, rule);
    rule.one_of = reader.texts("one_of").value_or(std::vector<std::string>());
    if (reader.has("one_of") && rule.one_of.empty()) {
        reader.fault("one_of", "the list of allowed values is empty: no row could pass");
    }
    read_check(reader, rule);
    const bool has_rules = !rule.match.empty() || !rule.one_of.empty() || !rule.check.empty() ||
                           !rule.low.empty() || !rule.high.empty();
    if (rule.type.kind == base::Kind::Bytes && has_rules) {
        reader.fault("type", "bytes take no match, range, one_of or check");
    }
}

void read_field(Context& context, const std::string& target, const base::YamlNode& node) {
    base::YamlReader reader(&node, "fields." + target, context.faults);
    FieldRule rule;
    rule.target = target;
    rule.line = node.line;
    if (!is_identifier(target)) {
        reader.fault("", "a target column has the characters a-z, 0-9 and _");
    }
    rule.optional = reader.boolean("opt").value_or(false);
    rule.stored = reader.boolean("store").value_or(true);
    rule.pii = reader.choice("pii", {"name", "high"}).value_or("");
    rule.id = reader.required_text("id");
    read_origin(context, reader, rule);
    read_steps(context, reader, rule);
    if (const base::YamlNode* codes = reader.child("map"); codes != nullptr) {
        read_codes(context, *codes, "fields." + target + ".map", rule);
    }
    read_type(reader, rule);
    read_reference(reader, rule);
    if (rule.ref && !rule.pii.empty()) {
        reader.fault("pii",
                     "what a reference looks for is kept readable, since a row may wait for it: "
                     "refer by a number that is not personal, or leave pii: out");
    }
    read_format_rules(reader, rule);
    reader.finish();
    context.mapping.fields.push_back(std::move(rule));
}

}  // namespace

void read_fields(Context& context, const base::YamlNode* node) {
    if (node == nullptr || !node->is_map() || node->entries.empty()) {
        context.fault(node == nullptr ? base::YamlNode{} : *node,
                      "fields",
                      "one line a target column is expected: name: {from: column, "
                      "type: text(40), id: F01}");
        return;
    }
    for (const auto& [target, value] : node->entries) {
        read_field(context, target, value);
    }
}

void read_target(Context& context, base::YamlReader reader) {
    Mapping& mapping = context.mapping;
    mapping.entity = reader.required_text("entity");
    if (!mapping.entity.empty() && !is_identifier(mapping.entity)) {
        reader.fault("entity", "an entity has the characters a-z, 0-9 and _");
    }
    mapping.target_key = reader.texts("key").value_or(std::vector<std::string>());
    if (mapping.target_key.empty()) {
        reader.fault("key",
                     "the target columns that identify a row are required: "
                     "key: [employee_no]");
    }
    for (const std::string& column : mapping.target_key) {
        const FieldRule* rule = context.field(column);
        if (rule == nullptr) {
            reader.fault("key",
                         column + " is not in fields" + near_hint(column, context.field_names()));
        } else if (rule->optional || !rule->stored) {
            reader.fault("key",
                         column + " is a key: its field may not be optional or store: false");
        }
    }
    const auto write = reader.choice("write", {"insert_only", "upsert", "history"});
    mapping.write = write == "insert_only" ? WriteMode::InsertOnly
                    : write == "history"   ? WriteMode::History
                                           : WriteMode::Upsert;
    if (reader.has("owns")) {
        reader.fault("owns", "is not supported yet; leave it out");
    }
    reader.finish();
}

}  // namespace hrbridge::engine::loading
