#include "daemon/app/cli.h"

#include <algorithm>
#include <charconv>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/base/yaml.h"

namespace hrbridge::app {
namespace {

namespace po = boost::program_options;

constexpr std::size_t kShownValue = 40;

const CommandSpec* find_spec(const std::string& name) {
    const auto& specs = command_specs();
    const auto spec = std::find_if(
        specs.begin(), specs.end(), [&](const CommandSpec& each) { return each.name == name; });
    return spec == specs.end() ? nullptr : &*spec;
}

constexpr const char* kExitCodes =
    "\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 faults in the data: the\n"
    "source is not as the mapping expects, rows are refused in a preview, a rule or too many\n"
    "refused rows stopped a run, or the ledger was changed. --config FILE names another "
    "hrbridge.yaml.\n";

// The commands whose first word this is: "rejects list", "rejects show", …
std::vector<const CommandSpec*> commands_of_group(const std::string& word) {
    std::vector<const CommandSpec*> found;
    for (const CommandSpec& spec : command_specs()) {
        if (spec.name.rfind(word + " ", 0) == 0) {
            found.push_back(&spec);
        }
    }
    return found;
}

bool asks_for_help(const std::string& word) {
    return word == "--help" || word == "-h" || word == "help";
}

std::string summary_lines(const std::vector<const CommandSpec*>& specs) {
    std::string text;
    for (const CommandSpec* spec : specs) {
        text += fmt::format("  {:<36} {}\n", spec->name + " " + spec->arguments, spec->summary);
    }
    return text;
}

// "job pause" is two words on the line and one name in the table.
std::size_t words_of_command(const std::vector<std::string>& words) {
    if (words.size() >= 2 && find_spec(words[0] + " " + words[1]) != nullptr) {
        return 2;
    }
    return words.empty() ? 0 : 1;
}

std::string unknown_command(const std::string& name) {
    std::vector<std::string> names;
    for (const CommandSpec& spec : command_specs()) {
        names.push_back(spec.name);
    }
    std::string near = base::nearest(name, names);
    if (near.empty()) {
        near = base::nearest(name.substr(0, name.find(' ')), names);
    }
    return near.empty() ? fmt::format("there is no command '{}'; see hrbridge --help", name)
                        : fmt::format("there is no command '{}'; did you mean '{}'?", name, near);
}

po::options_description describe(const CommandSpec& spec) {
    po::options_description description;
    description.add_options()("config", po::value<std::string>())("help,h", "");
    for (const CommandSpec::Option& option : spec.options) {
        if (option.value.empty()) {
            description.add_options()(option.name.c_str(), option.summary.c_str());
        } else {
            description.add_options()(
                option.name.c_str(), po::value<std::string>(), option.summary.c_str());
        }
    }
    return description;
}

// "a, b or c"
std::string alternatives(const std::vector<std::string>& words) {
    std::string text = words.front();
    for (std::size_t i = 1; i < words.size(); ++i) {
        text += (i + 1 == words.size() ? " or " : ", ") + words[i];
    }
    return text;
}

// What is wrong with an option's value; empty when nothing is.
std::string value_fault(const CommandSpec::Option& option, const std::string& value) {
    if (!option.choices.empty() &&
        std::find(option.choices.begin(), option.choices.end(), value) == option.choices.end()) {
        return fmt::format("--{} takes {}, not '{}'",
                           option.name,
                           alternatives(option.choices),
                           base::shorten(value, kShownValue));
    }
    if (option.most > 0) {
        const auto number = parse_number(value);
        if (!number || *number < option.least || *number > option.most) {
            return fmt::format("--{} takes a whole number from {} to {}, not '{}'",
                               option.name,
                               option.least,
                               option.most,
                               base::shorten(value, kShownValue));
        }
    }
    return {};
}

std::optional<std::string> option_fault(const CommandSpec& spec,
                                        const std::string& name,
                                        const std::string& value) {
    const auto option = std::find_if(
        spec.options.begin(), spec.options.end(), [&](const CommandSpec::Option& each) {
            return each.name == name;
        });
    if (option == spec.options.end()) {
        return fmt::format("{} has no option --{}", spec.name, base::shorten(name, kShownValue));
    }
    if (option->value.empty()) {
        return value.empty() ? std::nullopt
                             : std::optional(fmt::format("--{} takes no value", option->name));
    }
    std::string fault = value_fault(*option, value);
    return fault.empty() ? std::nullopt : std::optional(std::move(fault));
}

void read_options(const CommandSpec& spec, const std::vector<std::string>& rest, ParsedLine& out) {
    po::options_description description = describe(spec);
    description.add_options()("argument", po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add("argument", -1);
    po::variables_map values;
    po::store(
        po::command_line_parser(rest)
            .options(description)
            .positional(positional)
            .style(po::command_line_style::unix_style ^ po::command_line_style::allow_guessing)
            .run(),
        values);
    out.help = values.count("help") > 0;
    if (values.count("config") > 0) {
        out.line.config_file = values["config"].as<std::string>();
    }
    if (values.count("argument") > 0) {
        out.line.arguments = values["argument"].as<std::vector<std::string>>();
    }
    for (const CommandSpec::Option& option : spec.options) {
        if (values.count(option.name) > 0) {
            out.line.options[option.name] =
                option.value.empty() ? "" : values[option.name].as<std::string>();
        }
    }
    if (!out.help) {
        out.error = fault_of(out.line);
    }
}

}  // namespace

std::string CommandLine::option(const std::string& name, const std::string& otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
}

std::int64_t CommandLine::number(const std::string& name, std::int64_t otherwise) const {
    return parse_number(option(name)).value_or(otherwise);
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

std::optional<std::string> fault_of(const CommandLine& line) {
    const CommandSpec* const spec = find_spec(line.command);
    if (spec == nullptr) {
        return unknown_command(base::shorten(line.command, kShownValue));
    }
    for (const auto& [name, value] : line.options) {
        if (auto fault = option_fault(*spec, name, value)) {
            return fault;
        }
    }
    const std::size_t given = line.arguments.size();
    if (given < spec->least || given > spec->most) {
        return fmt::format("usage: hrbridge {} {}", spec->name, spec->arguments);
    }
    return std::nullopt;
}

ParsedLine parse_command_line(const std::vector<std::string>& words) {
    ParsedLine out;
    if (words.empty() || asks_for_help(words[0])) {
        out.help = true;
        for (std::size_t i = 1; i < words.size() && i < 3; ++i) {
            out.line.command += (i == 1 ? "" : " ") + words[i];
        }
        if (!out.line.command.empty() && find_spec(out.line.command) == nullptr &&
            commands_of_group(out.line.command).empty()) {
            out.error = unknown_command(out.line.command);
        }
        return out;
    }
    if (words[0] == "--version") {
        out.version = true;
        return out;
    }
    const std::size_t used = words_of_command(words);
    out.line.command = used == 2 ? words[0] + " " + words[1] : words[0];
    const CommandSpec* spec = find_spec(out.line.command);
    if (spec == nullptr && !commands_of_group(words[0]).empty() &&
        (words.size() == 1 || words[1].rfind('-', 0) == 0 || asks_for_help(words[1]))) {
        out.help = words.size() > 1 && asks_for_help(words[1]);
        if (!out.help) {
            out.error = fmt::format(
                "'{}' is a group of commands; see hrbridge {} --help", words[0], words[0]);
        }
        return out;
    }
    if (spec == nullptr) {
        std::string name = words[0];
        if (words.size() > 1 && words[1].rfind("--", 0) != 0) {
            name += " " + words[1];
        }
        out.error = unknown_command(name);
        return out;
    }
    try {
        read_options(*spec, {words.begin() + static_cast<std::ptrdiff_t>(used), words.end()}, out);
    } catch (const po::error& error) {
        out.error = fmt::format("{}; see hrbridge {} --help", error.what(), spec->name);
    }
    return out;
}

std::string help_text(const std::string& command) {
    const CommandSpec* one = find_spec(command);
    if (one == nullptr && !command.empty()) {
        return fmt::format("hrbridge {} …\n", command) + summary_lines(commands_of_group(command)) +
               kExitCodes;
    }
    if (one == nullptr) {
        std::vector<const CommandSpec*> all;
        for (const CommandSpec& spec : command_specs()) {
            all.push_back(&spec);
        }
        return "hrbridge brings ERP, MES and attendance data into one HR store, finds what it "
               "proves, and tells people.\n\n" +
               summary_lines(all) +
               "\n  hrbridge COMMAND --help  a command's options\n"
               "  hrbridge --version\n" +
               kExitCodes;
    }
    std::string text =
        fmt::format("hrbridge {} {}\n  {}\n", one->name, one->arguments, one->summary);
    for (const CommandSpec::Option& option : one->options) {
        text += fmt::format("  --{:<20} {}\n",
                            option.value.empty() ? option.name : option.name + " " + option.value,
                            option.summary);
    }
    return text + kExitCodes;
}

}  // namespace hrbridge::app
