#include "daemon/app/report_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/app/new_file.h"
#include "migration/ledger/digest.h"
#include "migration/report/report.h"
#include "migration/report/words.h"

namespace hrbridge::app {
namespace {

// Keeps the bytes, and what is said of them until they are in their file; passes on the rest.
class Collecting final : public Output {
  public:
    explicit Collecting(Output& output) : output_(output) {}
    void line(std::string_view text) override { lines_.emplace_back(text); }
    void error(std::string_view text) override { output_.error(text); }
    void progress(std::string_view text) override { output_.progress(text); }
    void bytes(std::string_view chunk) override { bytes_ += chunk; }
    const std::string& collected() const { return bytes_; }
    void tell() const {
        for (const std::string& line : lines_) {
            output_.line(line);
        }
    }

  private:
    Output& output_;
    std::vector<std::string> lines_;
    std::string bytes_;
};

Exit refuse(const CommandLine& line,
            Output& output,
            Exit exit,
            const std::string& code,
            const std::map<std::string, std::string>& values) {
    output.error(report::Words(line.option("language", "zh"))(code, values));
    return exit;
}

// The file is opened before anything is made, so that the ledger tells of no report without one.
Exit make(const CommandLine& line,
          Output& output,
          const std::function<Exit(const std::string&, Output&)>& run) {
    const std::string file = line.option("out");
    if (report_form(file).empty()) {
        return refuse(line, output, Exit::Usage, "file_form", {{"file", file}});
    }
    NewFile opened(file);
    if (opened.why() == EEXIST) {
        return refuse(line, output, Exit::Usage, "file_there", {{"file", file}});
    }
    const auto failed = [&](const char* code) {
        return refuse(line,
                      output,
                      Exit::Failed,
                      code,
                      {{"file", file}, {"why", std::strerror(opened.why())}});
    };
    if (opened.why() != 0) {
        return failed("file_unopened");
    }
    Collecting collecting(output);
    const Exit exit = run("", collecting);
    if (exit == Exit::Done && !opened.keep(collecting.collected())) {
        return failed("file_failed");
    }
    collecting.tell();
    return exit;
}

Exit check(const CommandLine& line,
           Output& output,
           const std::function<Exit(const std::string&, Output&)>& run) {
    const std::string file = line.option("verify");
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    if (!stream || !(content << stream.rdbuf())) {
        return refuse(line,
                      output,
                      Exit::Usage,
                      "file_unread",
                      {{"file", file}, {"why", std::strerror(errno)}});
    }
    const std::string bytes = content.str();
    const nlohmann::json input{{"file", ledger::Digest::sha256_of(bytes).hex()},
                               {"id", report::shown_id(bytes).value_or("")}};
    return run(input.dump(), output);
}

}  // namespace

std::string report_form(const std::string& file) {
    const std::string end = std::filesystem::path(file).extension().string();
    return end == ".html" ? "html" : end == ".pdf" ? "pdf" : "";
}

Exit run_report_command(const CommandLine& line,
                        Output& output,
                        const std::function<Exit(const std::string& input, Output&)>& run) {
    return line.has("verify") ? check(line, output, run) : make(line, output, run);
}

}  // namespace hrbridge::app
