#include "mappings/engine/steps.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "mappings/engine/step_functions.h"

namespace hrbridge::engine {
namespace {

constexpr std::size_t kMany = 1000;

constexpr std::array kSpecs{
    StepSpec{"trim", 0, 0, "trim", step::trim},
    StepSpec{"trim_left", 0, 0, "trim_left", step::trim_left},
    StepSpec{"trim_right", 0, 0, "trim_right", step::trim_right},
    StepSpec{"collapse_blanks", 0, 0, "collapse_blanks", step::collapse_blanks},
    StepSpec{"upper", 0, 0, "upper", step::upper},
    StepSpec{"lower", 0, 0, "lower", step::lower},
    StepSpec{"nfc", 0, 0, "nfc", step::nfc},
    StepSpec{"half_width", 0, 0, "half_width", step::half_width},
    StepSpec{"digits_only", 0, 0, "digits_only", step::digits_only},
    StepSpec{"strip_prefix", 1, 1, "strip_prefix TEXT", step::strip_prefix},
    StepSpec{"strip_suffix", 1, 1, "strip_suffix TEXT", step::strip_suffix},
    StepSpec{"pad_left", 2, 2, "pad_left LENGTH CHARACTER", step::pad_left},
    StepSpec{"substring", 2, 2, "substring FIRST COUNT", step::substring},
    StepSpec{"replace", 2, 2, "replace OLD NEW", step::replace},
    StepSpec{"concat", 2, kMany, "concat SEPARATOR COLUMN…", step::concat, false, 1},
    StepSpec{"first_of", 1, kMany, "first_of COLUMN…", step::first_of, true, 0},
    StepSpec{"empty_to_null", 0, 0, "empty_to_null", step::empty_to_null},
    StepSpec{"null_if", 1, kMany, "null_if VALUE…", step::null_if},
    StepSpec{"default", 1, 1, "default VALUE", step::default_value, true},
    StepSpec{"date_only", 0, 0, "date_only", step::date_only},
    StepSpec{"parse_date", 1, 1, "parse_date FORMAT", step::parse_date},
    StepSpec{"unix_seconds", 0, 0, "unix_seconds", step::unix_seconds},
    StepSpec{"unix_milliseconds", 0, 0, "unix_milliseconds", step::unix_milliseconds},
    StepSpec{"exact", 0, 0, "exact", step::exact},
    StepSpec{"scale_by", 1, 1, "scale_by POWER", step::scale_by},
    StepSpec{"clock_to_minutes", 0, 0, "clock_to_minutes", step::clock_to_minutes},
    StepSpec{"cn_id_birth", 0, 0, "cn_id_birth", step::cn_id_birth},
    StepSpec{"cn_id_gender", 0, 0, "cn_id_gender", step::cn_id_gender},
};

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

// Splits at blanks; false when a quote does not end.
bool split_words(std::string_view text, std::vector<std::string>& words) {
    std::size_t at = 0;
    while (at < text.size()) {
        if (is_blank(text[at])) {
            ++at;
            continue;
        }
        if (text[at] == '"') {
            const std::size_t end = text.find('"', at + 1);
            if (end == std::string_view::npos) {
                return false;
            }
            words.emplace_back(text.substr(at + 1, end - at - 1));
            at = end + 1;
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
        words.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return true;
}

std::optional<std::int64_t> whole(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool ok = error == std::errc{} && end == text.data() + text.size() && !text.empty();
    return ok ? std::optional(number) : std::nullopt;
}

bool in_range(const std::string& text, std::int64_t low, std::int64_t high) {
    const auto number = whole(text);
    return number && *number >= low && *number <= high;
}

// What is wrong with the arguments of a step that has the right number of them.
std::string argument_problem(std::string_view name, const std::vector<std::string>& arguments) {
    if (name == "pad_left" && (!in_range(arguments[0], 1, 1000) || arguments[1].size() != 1)) {
        return "pad_left needs a length from 1 to 1000 and one ASCII character, as in pad_left 6 0";
    }
    if (name == "substring" &&
        (!in_range(arguments[0], 1, 1'000'000) || !in_range(arguments[1], 1, 1'000'000))) {
        return "substring needs the first character (from 1) and how many, as in substring 3 2";
    }
    if (name == "scale_by" && !in_range(arguments[0], -18, 18)) {
        return "scale_by needs a power of ten from -18 to 18: scale_by -2 turns cents into units";
    }
    if (name == "parse_date" && !is_date_format(arguments[0])) {
        return "a date format has YYYY, MM (or M) and DD (or D) once each, and may have hh, mm and "
               "ss";
    }
    const bool no_empty = name == "strip_prefix" || name == "strip_suffix" || name == "replace";
    if (no_empty && arguments[0].empty()) {
        return std::string(name) + " needs a text that is not empty";
    }
    return {};
}

}  // namespace

std::span<const StepSpec> step_specs() {
    return kSpecs;
}

const StepSpec* find_step(std::string_view name) {
    const auto* const found = std::find_if(
        kSpecs.begin(), kSpecs.end(), [&](const StepSpec& spec) { return spec.name == name; });
    return found == kSpecs.end() ? nullptr : found;
}

base::Result<Step> parse_step(std::string_view text) {
    Step step;
    if (!split_words(text, step.arguments)) {
        return base::Fault{"", "a quote does not end"};
    }
    if (step.arguments.empty()) {
        return base::Fault{"", "a step is empty"};
    }
    step.name = step.arguments.front();
    step.arguments.erase(step.arguments.begin());
    const StepSpec* spec = find_step(step.name);
    if (spec == nullptr) {
        std::vector<std::string> names;
        for (const StepSpec& known : kSpecs) {
            names.emplace_back(known.name);
        }
        const std::string near = base::nearest(step.name, names);
        return base::Fault{
            "",
            "\"" + step.name + "\" is no step" +
                (near.empty() ? "; mappings/README.md lists the steps" : "; nearest: " + near)};
    }
    if (step.arguments.size() < spec->least || step.arguments.size() > spec->most) {
        return base::Fault{"",
                           "step " + step.name + " is written " + std::string(spec->form) +
                               "; an argument with blanks stands in double quotes"};
    }
    if (std::string problem = argument_problem(step.name, step.arguments); !problem.empty()) {
        return base::Fault{"", std::move(problem)};
    }
    return step;
}

CompiledStep compile_step(const Step& step) {
    const StepSpec* spec = find_step(step.name);
    if (spec == nullptr) {
        throw std::logic_error("a step that was not checked");
    }
    CompiledStep compiled;
    compiled.run = spec->run;
    compiled.on_null = spec->on_null;
    compiled.arguments = step.arguments;
    for (std::size_t i = 0; i < std::min<std::size_t>(2, step.arguments.size()); ++i) {
        compiled.numbers[i] = whole(step.arguments[i]).value_or(0);
    }
    return compiled;
}

}  // namespace hrbridge::engine
