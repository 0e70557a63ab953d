#include <algorithm>

#include "daemon/base/text.h"
#include "mappings/engine/loader.h"
#include "mappings/engine/predicate.h"

namespace hrbridge::engine::loading {
namespace {

// What a predicate of this mapping may name: every field, sealed or not:
// whether a column is sealed is known when the mapping meets the store.
std::vector<PredicateColumn> predicate_columns(const Mapping& mapping) {
    std::vector<PredicateColumn> columns;
    for (const FieldRule& rule : mapping.fields) {
        columns.push_back({rule.target, rule.type, false});
    }
    return columns;
}

void check_predicate(Context& context, const base::YamlNode& node, const std::string& text) {
    const auto predicate =
        Predicate::parse(text, predicate_columns(context.mapping), node.place() + ": logic");
    if (!predicate) {
        context.faults.push_back(predicate.fault());
        return;
    }
    for (const std::string& column : predicate->columns()) {
        const FieldRule* rule = context.field(column);
        if (rule->ref && !predicate->is_null_test()) {
            context.fault(node,
                          "logic",
                          column +
                              " is a reference: a predicate may only ask "
                              "whether it is NULL, in a "
                              "rule of its own");
        }
    }
}

// "manager_no -> employee.employee_no"
bool read_exists(base::YamlReader& reader, Context& context, LogicRule& rule) {
    const auto text = reader.text("exists");
    if (!text) {
        return false;
    }
    const std::size_t arrow = text->find("->");
    const std::string column(base::trim(std::string_view(*text).substr(0, arrow)));
    const auto reference =
        arrow == std::string::npos
            ? std::nullopt
            : parse_reference(base::trim(std::string_view(*text).substr(arrow + 2)));
    if (!reference) {
        reader.fault("exists",
                     "write field -> entity.column, as in manager_no -> "
                     "employee.employee_no");
        return true;
    }
    if (context.field(column) == nullptr) {
        reader.fault("exists",
                     column + " is not in fields" + near_hint(column, context.field_names()));
    }
    rule.exists_column = column;
    rule.exists = reference;
    return true;
}

bool read_unique(base::YamlReader& reader, Context& context, LogicRule& rule) {
    const auto columns = reader.texts("unique");
    if (!columns) {
        return false;
    }
    rule.unique = *columns;
    if (columns->empty()) {
        reader.fault("unique", "name the fields that must be unique together");
    }
    for (const std::string& column : *columns) {
        const FieldRule* field = context.field(column);
        if (field == nullptr) {
            reader.fault("unique",
                         column + " is not in fields" + near_hint(column, context.field_names()));
        }
    }
    return true;
}

Severity read_severity(base::YamlReader& reader) {
    const auto severity = reader.choice("severity", {"reject", "hold", "flag", "stop"});
    const auto otherwise = reader.choice("else", {"reject", "hold"});
    if (severity && otherwise) {
        reader.fault("else", "give severity: or else:, not both");
    }
    const std::string word = severity ? *severity : otherwise.value_or("reject");
    return word == "hold"   ? Severity::Hold
           : word == "flag" ? Severity::Flag
           : word == "stop" ? Severity::Stop
                            : Severity::Reject;
}

// A rule over the whole run keeps its value as it stands.
bool read_run_form(base::YamlReader& reader, Context& context, const LogicRule& rule) {
    for (const char* form : {"acyclic", "balance", "volume"}) {
        const base::YamlNode* settings = reader.child(form);
        if (settings == nullptr) {
            continue;
        }
        RunRule run;
        run.id = rule.id;
        run.form = form;
        run.severity = rule.severity;
        run.say = rule.say;
        run.settings = *settings;
        run.line = rule.line;
        if (std::string(form) != "acyclic" && !settings->is_map()) {
            reader.fault(form, "a map is expected here");
        }
        context.mapping.run_rules.push_back(std::move(run));
        return true;
    }
    return false;
}

void read_rule(Context& context, const base::YamlNode& node) {
    base::YamlReader reader(&node, "logic", context.faults);
    LogicRule rule;
    rule.line = node.line;
    rule.id = reader.required_text("id");
    rule.say = reader.text("say").value_or("");
    rule.severity = read_severity(reader);
    const auto null = reader.choice("null", {"pass", "fail"});
    rule.null_fails = null == "fail";
    rule.row = reader.text("row").value_or("");
    rule.where = reader.text("where").value_or("");
    const int forms = static_cast<int>(!rule.row.empty()) +
                      static_cast<int>(read_unique(reader, context, rule)) +
                      static_cast<int>(read_exists(reader, context, rule));
    const bool run = read_run_form(reader, context, rule);
    if (forms + static_cast<int>(run) != 1) {
        reader.fault("",
                     "a logic rule has exactly one of row, unique, exists, "
                     "acyclic, balance and volume");
    }
    if (!rule.row.empty()) {
        check_predicate(context, node, rule.row);
    }
    if (!rule.where.empty()) {
        if (rule.unique.empty()) {
            reader.fault("where", "where: restricts a unique rule");
        }
        check_predicate(context, node, rule.where);
    }
    reader.finish();
    if (forms == 1 && !run) {
        context.mapping.logic.push_back(std::move(rule));
    }
}

std::optional<std::string> cell_of(const base::YamlNode& node) {
    const bool null = node.kind == base::YamlNode::Kind::Null ||
                      (!node.quoted && (node.text == "null" || node.text == "~"));
    return null ? std::nullopt : std::optional(node.text);
}

void read_cells(Context& context,
                base::YamlReader& reader,
                const char* key,
                const std::vector<std::string>& known,
                std::vector<std::pair<std::string, std::optional<std::string>>>& out) {
    const base::YamlNode* node = reader.child(key);
    if (node == nullptr) {
        return;
    }
    if (!node->is_map()) {
        reader.fault(key, "a map of column: value is expected here");
        return;
    }
    for (const auto& [name, value] : node->entries) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            context.fault(value,
                          std::string("fixtures.") + key,
                          "there is no " + name + near_hint(name, known));
        }
        out.emplace_back(name, cell_of(value));
    }
}

void read_fixture(Context& context, const base::YamlNode& node) {
    base::YamlReader reader(&node, "fixtures", context.faults);
    Fixture fixture;
    fixture.line = node.line;
    fixture.name = reader.required_text("name");
    read_cells(context, reader, "row", context.source_columns(), fixture.row);
    read_cells(context, reader, "gives", context.field_names(), fixture.gives);
    fixture.rejects = reader.text("rejects").value_or("");
    if (fixture.row.empty()) {
        reader.fault("row", "a fixture needs a row of the source");
    }
    if (fixture.gives.empty() == fixture.rejects.empty()) {
        reader.fault("gives",
                     "a fixture has either gives: (what the row becomes) "
                     "or rejects: (a rule id)");
    }
    const auto& fields = context.mapping.fields;
    const bool own = fixture.rejects.empty() || fixture.rejects == "decode" ||
                     fixture.rejects == "key" ||
                     std::any_of(fields.begin(), fields.end(), [&](const FieldRule& rule) {
                         return rule.id == fixture.rejects;
                     });
    if (!own) {
        reader.fault("rejects",
                     fixture.rejects +
                         " is the id of no field; fixtures try the "
                         "field rules, logic rules run in "
                         "the store");
    }
    reader.finish();
    context.mapping.fixtures.push_back(std::move(fixture));
}

}  // namespace

void read_logic(Context& context, const base::YamlNode* node) {
    if (node == nullptr) {
        return;
    }
    if (!node->is_list()) {
        context.fault(
            *node, "logic", "a list of rules is expected: - {id: L01, row: 'a <= b', say: …}");
        return;
    }
    for (const base::YamlNode& item : node->items) {
        read_rule(context, item);
    }
}

void read_fixtures(Context& context, const base::YamlNode* node) {
    if (node == nullptr) {
        return;
    }
    if (!node->is_list()) {
        context.fault(
            *node, "fixtures", "a list of fixtures is expected: - {name: …, row: {…}, gives: {…}}");
        return;
    }
    for (const base::YamlNode& item : node->items) {
        read_fixture(context, item);
    }
}

}  // namespace hrbridge::engine::loading
