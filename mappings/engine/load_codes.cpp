#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "mappings/engine/loader.h"

namespace hrbridge::engine::loading {
namespace {

constexpr std::size_t kLargestCodeFile = 64U << 20U;

// One line of CSV into cells, quotes as in RFC 4180; false when a quote does not end. Codes do not
// hold line ends, so a record is a line.
bool split_csv(std::string_view line, std::vector<std::string>& cells) {
    cells.assign(1, "");
    bool quoted = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (quoted) {
            if (c == '"' && at + 1 < line.size() && line[at + 1] == '"') {
                cells.back().push_back('"');
                ++at;
            } else if (c == '"') {
                quoted = false;
            } else {
                cells.back().push_back(c);
            }
        } else if (c == '"' && cells.back().empty()) {
            quoted = true;
        } else if (c == ',') {
            cells.emplace_back();
        } else {
            cells.back().push_back(c);
        }
    }
    return !quoted;
}

bool add_code(FieldRule& rule,
              std::set<std::string>& seen,
              std::string source,
              std::string target) {
    if (!seen.insert(source).second) {
        return false;
    }
    rule.codes.emplace_back(std::move(source), std::move(target));
    return true;
}

// Lines of the code file; faults name the file and its line.
void read_code_lines(Context& context,
                     const std::string& file,
                     std::string_view text,
                     FieldRule& rule) {
    std::set<std::string> seen;
    std::vector<std::string> cells;
    int number = 0;
    for (std::string_view line : base::split(text, '\n')) {
        ++number;
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        const std::string where = file + ":" + std::to_string(number);
        if (line.empty()) {
            continue;
        }
        if (!split_csv(line, cells) || cells.size() != 2) {
            context.faults.push_back({where, "a line has two cells: source,target"});
        } else if (number == 1) {
            if (cells[0] != "source" || cells[1] != "target") {
                context.faults.push_back({where, "a code file begins with the line source,target"});
            }
        } else if (!add_code(rule, seen, cells[0], cells[1])) {
            context.faults.push_back(
                {where,
                 "the source code \"" + base::shorten(cells[0], 40) + "\" is listed before"});
        }
    }
}

void read_code_file(Context& context,
                    const base::YamlNode& node,
                    const std::string& path,
                    FieldRule& rule) {
    const std::filesystem::path folder = std::filesystem::path(context.mapping.file).parent_path();
    const std::string file = (folder / node.text).string();
    std::error_code error;
    const bool regular = std::filesystem::is_regular_file(file, error);
    if (!regular || std::filesystem::file_size(file, error) > kLargestCodeFile || error) {
        context.fault(node,
                      path,
                      "the code file " + file +
                          " is missing or too large; the path is relative to "
                          "the mapping file");
        return;
    }
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    std::string content = text.str();
    context.code_digests.push_back(base::sha256(content));
    if (!base::is_valid_utf8(content)) {
        context.faults.push_back({file + ":1", "a code file is written in UTF-8"});
        return;
    }
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (content.starts_with(kByteOrderMark)) {
        content.erase(0, kByteOrderMark.size());
    }
    read_code_lines(context, file, content, rule);
    if (rule.codes.empty()) {
        context.fault(node, path, "the code file " + file + " holds no code: no row could pass");
    }
}

}  // namespace

void read_codes(Context& context,
                const base::YamlNode& node,
                const std::string& path,
                FieldRule& rule) {
    if (node.is_scalar() && !node.text.empty()) {
        read_code_file(context, node, path, rule);
        return;
    }
    if (!node.is_map() || node.entries.empty()) {
        context.fault(
            node, path, "a code file (map: maps/gender.csv) or codes ({'1': male}) are expected");
        return;
    }
    for (const auto& [source, target] : node.entries) {
        if (!target.is_scalar()) {
            context.fault(target, path + "." + source, "one value is expected here");
        } else {
            rule.codes.emplace_back(source, target.text);
        }
    }
}

}  // namespace hrbridge::engine::loading
