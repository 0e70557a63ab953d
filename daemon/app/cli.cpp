#include "daemon/app/cli.h"

#include <algorithm>
#include <cctype>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "daemon/base/yaml.h"

namespace hrbridge::app {
namespace {

namespace po = boost::program_options;

const CommandSpec* find_spec(const std::string& name) {
    const auto& specs = command_specs();
    const auto spec = std::find_if(
        specs.begin(), specs.end(), [&](const CommandSpec& each) { return each.name == name; });
    return spec == specs.end() ? nullptr : &*spec;
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
    description.add_options()("config", po::value<std::string>())("help", "");
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
    const std::size_t given = out.line.arguments.size();
    if (!out.help && (given < spec.least || given > spec.most)) {
        out.error = fmt::format("usage: hrbridge {} {}", spec.name, spec.arguments);
    }
}

}  // namespace

std::string CommandLine::option(const std::string& name, const std::string& otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
}

const std::vector<CommandSpec>& command_specs() {
    static const CommandSpec::Option kJson{"json", "", "print JSON"};
    static const std::vector<CommandSpec> kSpecs{
        {"run", "", "run the daemon", 0, 0, {}},
        {"check",
         "",
         "check configuration, mappings and fixtures; with --all reach every system",
         0,
         0,
         {{"all", "", "reach the store, every source and WeCom too"}, kJson}},
        {"status", "", "what the daemon and its jobs are doing", 0, 0, {kJson}},
        {"sync",
         "NAME",
         "run one mapping now, or all in order (NAME 'all')",
         1,
         1,
         {{"once", "", "run once and return (the default without a daemon)"},
          {"dry-run", "", "show what would change, record by record"},
          {"full", "", "read everything, not only the window"},
          {"force", "", "also outside the hours that the source's guard allows"},
          {"limit", "N", "at most N records of a dry run (default 50)"},
          kJson}},
        {"mapping new",
         "SOURCE TABLE",
         "write a mapping for a source table to standard output",
         2,
         2,
         {{"entity", "NAME", "the target entity"}}},
        {"mapping preview",
         "FILE",
         "show rows of the source before and after a mapping",
         1,
         1,
         {{"rows", "N", "how many rows (default 10)"}}},
        {"rejects list",
         "",
         "rows that were not stored, and why",
         0,
         0,
         {{"mapping", "NAME", "only this mapping's"},
          {"kind", "KIND", "row or hold"},
          {"limit", "N", "at most N (default 50)"},
          kJson}},
        {"rejects show", "ID", "one rejected row, its values masked", 1, 1, {kJson}},
        {"rejects replay", "MAPPING", "map a mapping's kept rows again", 1, 1, {}},
        {"outbox list",
         "",
         "messages to WeCom and their state",
         0,
         0,
         {{"state", "STATE", "waiting, sending, sent, uncertain or dead"},
          {"limit", "N", "at most N (default 50)"},
          kJson}},
        {"outbox retry", "ID", "send a dead or uncertain message again", 1, 1, {}},
        {"findings evaluate", "", "evaluate the rules now", 0, 0, {kJson}},
        {"findings list", "", "findings, newest first", 0, 0, {kJson}},
        {"findings explain",
         "ID",
         "what a finding rests on, in words and numbers",
         1,
         1,
         {{"language", "LANG", "zh (default) or en"}}},
        {"job pause", "NAME", "stop a job from starting", 1, 1, {{"reason", "TEXT", "why"}}},
        {"job resume", "NAME", "let a job start again", 1, 1, {}},
        {"user add",
         "NAME",
         "add a local account; the password is read from standard input",
         1,
         1,
         {{"role", "ROLE", "operator, implementer or hr"}}},
        {"user list", "", "the local accounts", 0, 0, {kJson}},
        {"user disable", "NAME", "disable an account and end its sessions", 1, 1, {}},
        {"store upgrade", "", "apply missing migrations to the store", 0, 0, {}},
        {"demo",
         "",
         "make a 500-person manufacturer, sync it, find what was planted, serve the pages",
         0,
         0,
         {{"once", "", "do not serve; exit 0 only when the warnings are the planted ones"},
          {"seed", "N", "another company (default 1)"},
          {"folder", "DIR", "where to put it (default: a temporary folder)"},
          {"port", "N", "the pages' port (default: a free one)"}}},
    };
    return kSpecs;
}

ParsedLine parse_command_line(const std::vector<std::string>& words) {
    ParsedLine out;
    if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
        out.help = true;
        return out;
    }
    if (words[0] == "--version") {
        out.version = true;
        return out;
    }
    const std::size_t used = words_of_command(words);
    out.line.command = used == 2 ? words[0] + " " + words[1] : words[0];
    const CommandSpec* spec = find_spec(out.line.command);
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
    std::string text;
    const CommandSpec* one = find_spec(command);
    if (one == nullptr) {
        text =
            "hrbridge brings ERP, MES and attendance data into one HR store, finds what it "
            "proves, and tells people.\n\n";
        for (const CommandSpec& spec : command_specs()) {
            text += fmt::format("  {:<36} {}\n", spec.name + " " + spec.arguments, spec.summary);
        }
        text +=
            "\n  --config FILE  configuration (default /etc/hrbridge/hrbridge.yaml)\n"
            "  hrbridge COMMAND --help  a command's options\n"
            "\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 faults in the "
            "data.\n";
        return text;
    }
    text = fmt::format("hrbridge {} {}\n  {}\n", one->name, one->arguments, one->summary);
    for (const CommandSpec::Option& option : one->options) {
        text += fmt::format("  --{:<20} {}\n",
                            option.value.empty() ? option.name : option.name + " " + option.value,
                            option.summary);
    }
    return text;
}

}  // namespace hrbridge::app
