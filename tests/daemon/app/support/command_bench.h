#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "daemon/app/cli.h"
#include "daemon/app/commands.h"
#include "daemon/base/seal.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {

class Collected final : public app::Output {
  public:
    void line(std::string_view text) override { lines += std::string(text) + "\n"; }
    void error(std::string_view text) override { errors += std::string(text) + "\n"; }
    void progress(std::string_view) override {}
    std::string lines;
    std::string errors;
};

struct Ran {
    app::Exit exit = app::Exit::Done;
    std::string out;
    std::string errors;

    // Fails the test when the output is not exactly one JSON document.
    nlohmann::json json() const {
        auto parsed = nlohmann::json::parse(out, nullptr, false);
        EXPECT_FALSE(parsed.is_discarded()) << out;
        return parsed;
    }
};

// A configuration with an SQLite store, one folder of GBK files and one mapping, and commands as a
// user types them, without a daemon.
class CommandBench {
  public:
    CommandBench() {
        folder.write("rules/empty.txt", "");
        folder.write("mappings/operation.map.yaml", kOperations);
        folder.write("in/empty.txt", "");
        std::filesystem::permissions(
            folder.write("keys", base::SealKeys::generate("k1").reveal()),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        configure("");
    }

    void configure(const std::string& more, const std::string& of_store = "") const {
        folder.write("hrbridge.yaml",
                     "store: {kind: sqlite, path: hr.db" + of_store +
                         "}\n"
                         "seal_keys: {file: keys}\n"
                         "control_socket: control.sock\n"
                         "sources:\n  files: {kind: file, folder: in, stable: 1s}\n" +
                         more);
    }

    // As written an hour ago.
    void put_rows(const std::string& rows, const std::string& name = "rows.csv") const {
        const std::string file = folder.write("in/" + name, "code,name,kind,note\n" + rows);
        std::filesystem::last_write_time(
            file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    }

    Ran run(std::vector<std::string> words) const {
        words.insert(words.end(), {"--config", folder.file("hrbridge.yaml")});
        const app::ParsedLine parsed = app::parse_command_line(words);
        if (parsed.error) {
            return {app::Exit::Usage, "", *parsed.error};
        }
        Collected output;
        const app::Exit exit = app::run_command_line(parsed.line, output);
        return {exit, output.lines, output.errors};
    }

    // The program itself, with a file as its standard input and its output going to `out`.
    Ran run_program(const std::vector<std::string>& words,
                    const std::string& input = "/dev/null",
                    const std::string& out = "/dev/stdout",
                    const std::string& errors = "/dev/stderr") const {
        const std::string script = "exec \"$@\" <'" + input + "' >'" + out + "' 2>'" + errors + "'";
        ProcessOptions options;
        options.argv = {"sh", "-c", script, "sh", HRBRIDGE_BINARY_DIR "/daemon/app/hrbridge"};
        options.argv.insert(options.argv.end(), words.begin(), words.end());
        options.argv.insert(options.argv.end(), {"--config", folder.file("hrbridge.yaml")});
        const Finished done = test::run(options);
        return {static_cast<app::Exit>(done.code), done.output, ""};
    }

    TempDir folder;

    static constexpr const char* kOperations = R"(map: test/operation
source:
  conn: files
  read_as: {charset: gbk}
  files: '*.csv'
  key: [code]
  columns: {code: text!, name: text!, kind: text!, note: text}
target: {entity: operation, key: [code], write: upsert}
fields:
  code: {from: code, type: text(32), id: F01}
  name: {from: name, type: text(80), pii: name, id: F02}
  kind: {from: kind, type: text(16), one_of: [production, rework], id: F03}
)";
};

}  // namespace hrbridge::test
