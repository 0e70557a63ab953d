#include "daemon/app/report_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

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

// A file that was not there before; it goes again unless it was kept.
class NewFile {
  public:
    explicit NewFile(std::string path)
        : path_(std::move(path)),
          fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)),
          why_(fd_ < 0 ? errno : 0) {}
    ~NewFile() {
        if (fd_ >= 0) {
            ::close(fd_);
            ::unlink(path_.c_str());
        }
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    int why() const { return why_; }  // errno; 0: nothing has failed
    // Whether the file is there as a whole.
    bool keep(std::string_view bytes) {
        while (why_ == 0 && !bytes.empty()) {
            const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
            if (written <= 0) {
                why_ = errno;
            } else {
                bytes.remove_prefix(static_cast<std::size_t>(written));
            }
        }
        if (why_ == 0 && ::fsync(fd_) != 0) {
            why_ = errno;
        }
        if (why_ == 0) {
            ::close(std::exchange(fd_, -1));
        }
        return why_ == 0;
    }

  private:
    std::string path_;
    int fd_;
    int why_;
};

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
