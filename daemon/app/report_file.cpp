#include "daemon/app/report_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "migration/ledger/digest.h"
#include "migration/report/report.h"
#include "migration/report/words.h"

namespace hrbridge::app {
namespace {

// Passes on what is said and keeps the bytes.
class Collecting final : public Output {
  public:
    explicit Collecting(Output& output) : output_(output) {}
    void line(std::string_view text) override { output_.line(text); }
    void error(std::string_view text) override { output_.error(text); }
    void progress(std::string_view text) override { output_.progress(text); }
    void bytes(std::string_view chunk) override { bytes_ += chunk; }
    const std::string& collected() const { return bytes_; }

  private:
    Output& output_;
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

// What went wrong; empty: the file is there as a whole.
std::string write_new(const std::string& path, std::string_view bytes) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        return std::strerror(errno);
    }
    std::string why;
    while (why.empty() && !bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written <= 0) {
            why = std::strerror(errno);
        } else {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    if (why.empty() && ::fsync(fd) != 0) {
        why = std::strerror(errno);
    }
    ::close(fd);
    if (!why.empty()) {
        ::unlink(path.c_str());
    }
    return why;
}

Exit make(const CommandLine& line,
          Output& output,
          const std::function<Exit(const std::string&, Output&)>& run) {
    const std::string file = line.option("out");
    if (report_form(file).empty()) {
        return refuse(line, output, Exit::Usage, "file_form", {{"file", file}});
    }
    if (std::filesystem::exists(file)) {
        return refuse(line, output, Exit::Usage, "file_there", {{"file", file}});
    }
    Collecting collecting(output);
    const Exit exit = run("", collecting);
    if (exit != Exit::Done) {
        return exit;
    }
    const std::string why = write_new(file, collecting.collected());
    return why.empty()
               ? exit
               : refuse(line, output, Exit::Failed, "file_failed", {{"file", file}, {"why", why}});
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
