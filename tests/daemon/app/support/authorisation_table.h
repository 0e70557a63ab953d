#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/text.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {

// A line of authorisation.md.
struct AuthorisationLine {
    std::string route;                           // "GET /findings/{id}"
    std::string method;                          // of it
    std::string target;                          // what is asked for
    std::string form;                            // of a POST
    std::map<std::string, std::string> answers;  // by who asks: a status or "login"
    std::string token;                           // session, own, -
    std::set<std::string> writes;
};

inline std::vector<std::string> words_of(std::string_view text, char gap) {
    std::vector<std::string> words;
    for (const std::string_view word : base::split(text, gap)) {
        if (const std::string_view trimmed = base::trim(word); !trimmed.empty()) {
            words.emplace_back(trimmed);
        }
    }
    return words;
}

inline std::vector<AuthorisationLine> read_authorisation(const std::string& path) {
    std::vector<std::string> heads;
    std::vector<AuthorisationLine> lines;
    const std::string text = read_file(path);
    for (const std::string_view line : base::split(text, '\n')) {
        const std::vector<std::string> cells = words_of(line, '|');
        if (!line.starts_with("| ") || cells.front() == "---") {
            continue;
        }
        if (heads.empty()) {
            heads = cells;
            continue;
        }
        AuthorisationLine out;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            out.answers[heads.at(i)] = cells[i];
        }
        out.route = out.answers.at("route");
        out.method = words_of(out.route, ' ').at(0);
        const std::vector<std::string> asked = words_of(out.answers.at("asked"), ' ');
        out.target = asked.at(0);
        out.form = asked.size() > 1 ? asked.at(1) : "";
        out.token = out.answers.at("token");
        for (const std::string& table : words_of(out.answers.at("writes"), ' ')) {
            if (table != "-") {
                out.writes.insert(table);
            }
        }
        for (const char* other : {"route", "asked", "token", "writes"}) {
            out.answers.erase(other);
        }
        lines.push_back(std::move(out));
    }
    return lines;
}

}  // namespace hrbridge::test
