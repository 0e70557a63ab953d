#include <array>

#include <fmt/format.h>

#include "daemon/base/time.h"
#include "migration/project/module_reader.h"

namespace hrbridge::project {
namespace {

constexpr std::int64_t kMostCharacters = 1'000'000;
constexpr std::array kForms{
    TotalForm::Rows, TotalForm::Sum, TotalForm::Earliest, TotalForm::Latest, TotalForm::Distinct};

// Calls `read` with a reader of each item of the list and its line.
template <typename Read>
void each_item(base::YamlReader& module, std::string_view key, base::Faults& faults, Read&& read) {
    const base::YamlNode* const list = module.child(key);
    if (list == nullptr || list->kind == base::YamlNode::Kind::Null) {
        return;
    }
    if (!list->is_list()) {
        module.fault(key, "must be a list");
        return;
    }
    for (const base::YamlNode& item : list->items) {
        base::YamlReader reader(&item, module.path() + "." + std::string(key), faults);
        read(reader, item.line);
        reader.finish();
    }
}

Contract read_contract(base::YamlReader& reader, int line) {
    Contract contract;
    contract.line = line;
    contract.id = reader.required_text("id");
    contract.entity = reader.required_text("entity");
    contract.field = reader.required_text("field");
    contract.longest = reader.integer("longest", 0, kMostCharacters);
    if (const auto text = reader.text("null_at_most")) {
        contract.null_most_ppm = parse_share_ppm(*text);
        if (!contract.null_most_ppm) {
            reader.fault("null_at_most", "write a share from 0% to 100%, as in 0.5%");
        }
    }
    contract.codes = reader.texts("codes").value_or(std::vector<std::string>());
    if (!reader.has("longest") && !reader.has("null_at_most") && contract.codes.empty()) {
        reader.fault("", "a contract has at least one of longest, null_at_most and codes");
    }
    return contract;
}

bool is_whole_number(const std::string& text) {
    return !text.empty() && text.size() <= 18 &&
           text.find_first_not_of("0123456789") == std::string::npos;
}

// What is wrong with a total's value; empty: nothing.
std::string value_fault(TotalForm form, const std::string& value) {
    switch (form) {
        case TotalForm::Rows:
        case TotalForm::Distinct:
            return is_whole_number(value) ? "" : "is no whole number";
        case TotalForm::Sum:
            return base::Decimal::parse(value) ? "" : "is no number, written as 12345.67";
        case TotalForm::Earliest:
        case TotalForm::Latest:
            return base::parse_date(value) ? "" : "is no date, written as 2026-01-31";
    }
    return "";
}

ControlTotal read_total(base::YamlReader& reader, int line) {
    ControlTotal total;
    total.line = line;
    total.id = reader.required_text("id");
    total.mapping = reader.required_text("mapping");
    total.column = reader.text("column").value_or("");
    total.field = reader.text("field").value_or("");
    int forms = 0;
    for (const TotalForm form : kForms) {
        const auto value = reader.text(to_string(form));
        if (!value) {
            continue;
        }
        ++forms;
        total.form = form;
        total.value = *value;
        if (const std::string fault = value_fault(form, *value); !fault.empty()) {
            reader.fault(to_string(form), fmt::format("'{}' {}", *value, fault));
        }
    }
    if (forms != 1) {
        reader.fault("",
                     "a control total has exactly one of rows, sum, earliest, latest and distinct");
    } else if ((total.form == TotalForm::Rows) != total.column.empty()) {
        reader.fault("column",
                     total.column.empty() ? "is missing: the source's column that was added up"
                                          : "rows are counted, not a column");
    } else if (total.form == TotalForm::Rows && !total.field.empty()) {
        reader.fault("field", "rows are counted, not a field");
    }
    return total;
}

MustCheck read_must(base::YamlReader& reader, int line) {
    MustCheck must;
    must.line = line;
    must.id = reader.required_text("id");
    must.entity = reader.required_text("entity");
    must.where = reader.required_text("where");
    must.say = reader.required_text("say");
    return must;
}

}  // namespace

void read_contracts(base::YamlReader& module, base::Faults& faults, Module& out) {
    each_item(module, "contracts", faults, [&](base::YamlReader& reader, int line) {
        out.contracts.push_back(read_contract(reader, line));
    });
}

void read_control_totals(base::YamlReader& module, base::Faults& faults, Module& out) {
    each_item(module, "control_totals", faults, [&](base::YamlReader& reader, int line) {
        out.control_totals.push_back(read_total(reader, line));
    });
}

void read_must_check(base::YamlReader& module, base::Faults& faults, Module& out) {
    each_item(module, "must_check", faults, [&](base::YamlReader& reader, int line) {
        out.must_check.push_back(read_must(reader, line));
    });
}

void read_go_items(base::YamlReader& module, base::Faults& faults, Module& out) {
    each_item(module, "go_no_go", faults, [&](base::YamlReader& reader, int line) {
        GoItem item;
        item.id = reader.required_text("id");
        item.say = {reader.required_text("zh"), reader.required_text("en")};
        item.line = line;
        out.go_no_go.push_back(std::move(item));
    });
}

}  // namespace hrbridge::project
