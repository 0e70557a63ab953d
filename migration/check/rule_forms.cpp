#include "migration/check/rule_forms.h"

#include <array>
#include <string_view>

#include "daemon/base/text.h"
#include "mappings/engine/loader.h"

namespace hrbridge::check {
namespace {

using engine::loading::is_identifier;

// "5%", "+10%", "-0.5%"
std::optional<base::Decimal> percent(std::string_view text) {
    if (!text.ends_with('%')) {
        return std::nullopt;
    }
    text.remove_suffix(1);
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    return base::Decimal::parse(text);
}

std::optional<Measure> measure(std::string_view text) {
    if (text == "count(*)") {
        return Measure{};
    }
    constexpr std::array<std::pair<std::string_view, Measure::Of>, 4> kKnown{
        {{"count(", Measure::Of::Count},
         {"sum(", Measure::Of::Sum},
         {"min(", Measure::Of::Min},
         {"max(", Measure::Of::Max}}};
    for (const auto& [begin, of] : kKnown) {
        if (text.starts_with(begin) && text.ends_with(')')) {
            const std::string field(text.substr(begin.size(), text.size() - begin.size() - 1));
            if (is_identifier(field)) {
                return Measure{of, field};
            }
        }
    }
    return std::nullopt;
}

void read_tolerance(base::YamlReader& reader, BalanceForm& form) {
    const auto text = reader.text("tolerance");
    if (!text) {
        return;
    }
    form.percent = text->ends_with('%');
    const auto number = form.percent ? percent(*text) : base::Decimal::parse(*text);
    if (!number || *number < base::Decimal()) {
        reader.fault("tolerance", "write a number from 0 or a share, as in 0.01 or 0.1%");
        return;
    }
    form.tolerance = *number;
    form.states_tolerance = true;
}

}  // namespace

std::string to_string(const Measure& measure) {
    switch (measure.of) {
        case Measure::Of::Rows:
            return "count(*)";
        case Measure::Of::Count:
            return "count(" + measure.field + ")";
        case Measure::Of::Sum:
            return "sum(" + measure.field + ")";
        case Measure::Of::Min:
            return "min(" + measure.field + ")";
        case Measure::Of::Max:
            return "max(" + measure.field + ")";
    }
    return {};
}

std::optional<AcyclicForm> read_acyclic(const std::string& text) {
    const std::size_t arrow = text.find("->");
    if (arrow == std::string::npos) {
        return std::nullopt;
    }
    AcyclicForm form;
    form.child = base::trim(std::string_view(text).substr(0, arrow));
    form.parent = base::trim(std::string_view(text).substr(arrow + 2));
    if (!is_identifier(form.child) || !is_identifier(form.parent)) {
        return std::nullopt;
    }
    return form;
}

BalanceForm read_balance(base::YamlReader reader) {
    BalanceForm form;
    form.group = reader.texts("group").value_or(std::vector<std::string>());
    const auto of = reader.texts("of").value_or(std::vector<std::string>());
    if (of.empty()) {
        reader.fault("of", "say what must balance: of: [count(*), sum(FIELD), min(FIELD)]");
    }
    for (const std::string& text : of) {
        if (const auto each = measure(text)) {
            form.of.push_back(*each);
        } else {
            reader.fault("of",
                         "'" + text +
                             "' is none of count(*), count(FIELD), sum(FIELD), min(FIELD) and "
                             "max(FIELD)");
        }
    }
    read_tolerance(reader, form);
    reader.finish();
    return form;
}

VolumeForm read_volume(base::YamlReader reader) {
    VolumeForm form;
    const auto bounds = reader.texts("rows_vs_last_run");
    const auto low = bounds && bounds->size() == 2 ? percent((*bounds)[0]) : std::nullopt;
    const auto high = bounds && bounds->size() == 2 ? percent((*bounds)[1]) : std::nullopt;
    if (!low || !high || *high < *low) {
        reader.fault("rows_vs_last_run", "give the lowest and the highest change: [-5%, +10%]");
    } else {
        form = {*low, *high};
    }
    reader.finish();
    return form;
}

}  // namespace hrbridge::check
