#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hrbridge::app {

// Exit codes of every command.
enum class Exit { Done = 0, Failed = 1, Usage = 2, FaultsFound = 3 };

// A command line as understood: "hrbridge sync core_hr/person --once" has the command "sync", the
// argument "core_hr/person" and the flag "once".
struct CommandLine {
    std::string command;
    std::vector<std::string> arguments;
    std::map<std::string, std::string> options;  // flags have the value ""
    std::string config_file = "/etc/hrbridge/hrbridge.yaml";

    bool has(const std::string& name) const { return options.count(name) > 0; }
    std::string option(const std::string& name, const std::string& otherwise = {}) const;
    // Also `otherwise` when the text is no number, which the parser does not let through.
    std::int64_t number(const std::string& name, std::int64_t otherwise) const;
};

// One command for the help text and the parser.
struct CommandSpec {
    std::string name;       // "job pause"
    std::string arguments;  // "NAME"
    std::string summary;
    std::size_t least = 0;  // arguments
    std::size_t most = 0;
    struct Option {
        std::string name;
        std::string value;  // "N", "FILE"; empty for a flag
        std::string summary;
        std::vector<std::string> choices = {};  // empty: any text
        std::int64_t least = 0;                 // of a number
        std::int64_t most = 0;                  // 0: the value is no number
    };
    std::vector<Option> options;
};

const std::vector<CommandSpec>& command_specs();

// What is wrong with a line, wherever it came from: an unknown command, an option or a value that
// it does not take, too few or too many arguments. Only a line without a fault may be run.
std::optional<std::string> fault_of(const CommandLine& line);

// Reads argv. On a wrong line `error` says what is wrong with the nearest valid word; `help` asks
// for the help text of `command`, which may be a group ("rejects"), or of all.
struct ParsedLine {
    CommandLine line;
    std::optional<std::string> error;
    bool help = false;
    bool version = false;
};
ParsedLine parse_command_line(const std::vector<std::string>& words);
std::string help_text(const std::string& command);

// A whole decimal number; nullopt for anything else.
std::optional<std::int64_t> parse_number(std::string_view text);

}  // namespace hrbridge::app
