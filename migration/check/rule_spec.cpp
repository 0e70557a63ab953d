#include "migration/check/rule_spec.h"

#include <map>
#include <utility>

#include "daemon/base/text.h"
#include "mappings/engine/loader.h"
#include "migration/check/rule_forms.h"

namespace hrbridge::check {
namespace {

class RuleReader {
  public:
    RuleReader(const base::YamlNode& node, base::Faults& faults)
        : reader_(&node, "rules", faults), before_(faults.size()), faults_(faults) {
        rule_.line = node.line;
    }

    // nullopt with at least one fault.
    std::optional<RuleSpec> read() {
        rule_.id = reader_.required_text("id");
        rule_.entity = reader_.required_text("entity");
        rule_.say = reader_.text("say").value_or("");
        rule_.where = reader_.text("where").value_or("");
        rule_.null_fails = reader_.choice("null", {"pass", "fail"}) == "fail";
        read_forms();
        if (forms_ != 1) {
            reader_.fault("",
                          "a rule has exactly one of row, unique, reference, acyclic, no_overlap, "
                          "no_gap, balance and volume");
        }
        check_beside();
        reader_.finish();
        return faults_.size() == before_ ? std::optional(std::move(rule_)) : std::nullopt;
    }

  private:
    void take(Form form) {
        rule_.form = std::move(form);
        ++forms_;
    }

    void read_forms() {
        if (const auto predicate = reader_.text("row")) {
            take(RowForm{*predicate});
        }
        if (const auto fields = fields_of("unique")) {
            take(UniqueForm{*fields});
        }
        read_reference();
        if (const auto text = reader_.text("acyclic")) {
            auto form = read_acyclic(*text);
            if (!form) {
                reader_.fault("acyclic", "write child -> parent, as in spell_id -> manager_id");
            }
            takes_valid_ = true;
            take(form ? with_span(std::move(*form)) : AcyclicForm{});
        }
        read_spans("no_overlap", false);
        read_spans("no_gap", true);
        if (reader_.has("balance")) {
            take(read_balance(reader_.map("balance")));
        }
        if (reader_.has("volume")) {
            take(read_volume(reader_.map("volume")));
        }
    }

    std::optional<std::vector<std::string>> fields_of(const char* key) {
        auto fields = reader_.texts(key);
        if (fields && fields->empty()) {
            reader_.fault(key, "name the fields");
        }
        return fields;
    }

    std::optional<Span> span(const char* key) {
        const auto ends = reader_.texts(key);
        if (!ends) {
            return std::nullopt;
        }
        if (ends->size() != 2) {
            reader_.fault(key, "name the fields of begin and end: [valid_from, valid_to]");
            return std::nullopt;
        }
        return Span{(*ends)[0], (*ends)[1], reader_.boolean("end_counts").value_or(false)};
    }

    AcyclicForm with_span(AcyclicForm form) {
        form.valid = span("valid");
        return form;
    }

    // "spell_id" or "manager_no -> employee.employee_no"
    void read_reference() {
        const auto text = reader_.text("reference");
        if (!text) {
            return;
        }
        ReferenceForm form;
        const std::size_t arrow = text->find("->");
        form.field = base::trim(std::string_view(*text).substr(0, arrow));
        if (arrow != std::string::npos) {
            form.parent = engine::loading::parse_reference(
                base::trim(std::string_view(*text).substr(arrow + 2)));
            if (!form.parent) {
                reader_.fault("reference",
                              "write field or field -> entity.column, as in manager_no -> "
                              "employee.employee_no");
            }
        }
        form.day = reader_.text("day").value_or("");
        form.within = span("within");
        if (form.day.empty() != !form.within) {
            reader_.fault(form.day.empty() ? "within" : "day",
                          "day: and within: belong together: the child's day lies within the "
                          "parent's [from, to]");
        }
        takes_within_ = true;
        take(std::move(form));
    }

    void read_spans(const char* key, bool gaps) {
        const auto group = fields_of(key);
        if (!group) {
            return;
        }
        const auto valid = span("valid");
        if (!valid) {
            reader_.fault("valid", "name the fields of begin and end: [valid_from, valid_to]");
        }
        takes_valid_ = true;
        take(SpansForm{*group, valid.value_or(Span{}), gaps});
    }

    // What belongs to another form would be passed over in silence.
    void check_beside() {
        const bool row = std::holds_alternative<RowForm>(rule_.form);
        const bool whole = row || std::holds_alternative<AcyclicForm>(rule_.form) ||
                           std::holds_alternative<VolumeForm>(rule_.form);
        if (whole && !rule_.where.empty()) {
            reader_.fault("where",
                          "where: restricts unique, reference, no_overlap, no_gap and balance");
        }
        if (rule_.null_fails && !row && !takes_within_) {
            reader_.fault("null", "null: belongs to row and to reference with day:");
        }
        for (const char* key : {"valid", "within", "day", "end_counts"}) {
            const std::string name = key;
            const bool fits = name == "valid"        ? takes_valid_
                              : name == "end_counts" ? takes_valid_ || takes_within_
                                                     : takes_within_;
            if (reader_.has(key) && !fits) {
                reader_.fault(key, name + ": does not belong to this rule");
            }
        }
    }

    base::YamlReader reader_;
    std::size_t before_;
    base::Faults& faults_;
    RuleSpec rule_;
    int forms_ = 0;
    bool takes_valid_ = false;
    bool takes_within_ = false;
};

}  // namespace

std::vector<RuleSpec> parse_rules(const base::YamlNode& list, base::Faults& faults) {
    std::vector<RuleSpec> rules;
    if (!list.is_list()) {
        faults.push_back({list.place() + ": rules", "a list of rules is expected here"});
        return rules;
    }
    std::map<std::string, int> lines;
    for (const base::YamlNode& item : list.items) {
        auto rule = RuleReader(item, faults).read();
        if (!rule) {
            continue;
        }
        const auto [known, is_new] = lines.emplace(rule->id, rule->line);
        if (!is_new) {
            faults.push_back({item.place() + ": rules",
                              "the id " + rule->id + " was given in line " +
                                  std::to_string(known->second) + " already"});
            continue;
        }
        rules.push_back(std::move(*rule));
    }
    return rules;
}

base::Result<RuleSpec> run_rule_spec(const engine::Mapping& mapping, const engine::RunRule& rule) {
    RuleSpec spec;
    spec.id = rule.id;
    spec.entity = mapping.entity;
    spec.say = rule.say;
    spec.line = rule.line;
    base::Faults faults;
    const std::string path = "logic." + rule.id;
    if (rule.form == "acyclic") {
        const auto form =
            rule.settings.is_scalar() ? read_acyclic(rule.settings.text) : std::nullopt;
        if (!form) {
            return base::Fault{rule.settings.place() + ": " + path,
                               "write acyclic: child -> parent"};
        }
        spec.form = *form;
    } else if (rule.form == "balance") {
        spec.form = read_balance(base::YamlReader(&rule.settings, path, faults));
    } else if (rule.form == "volume") {
        spec.form = read_volume(base::YamlReader(&rule.settings, path, faults));
    } else {
        return base::Fault{rule.settings.place() + ": " + path,
                           "nothing evaluates a rule of the form " + rule.form};
    }
    if (!faults.empty()) {
        return faults.front();
    }
    return spec;
}

}  // namespace hrbridge::check
