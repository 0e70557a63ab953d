#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace hrbridge::app {

// Where a command's text goes: the terminal, or the control socket's other end.
class Output {
  public:
    virtual ~Output() = default;
    virtual void line(std::string_view text) = 0;
    virtual void error(std::string_view text) = 0;
    // A line that replaces the last progress line on a terminal; at most a few a second.
    virtual void progress(std::string_view text) = 0;
    // A part of a file that the command gives to its caller; who wants no file drops it.
    virtual void bytes(std::string_view /*chunk*/) {}
};

// Lines go to `lines`, errors and progress to standard error; none of them steers the terminal.
class StandardOutput final : public Output {
  public:
    explicit StandardOutput(std::FILE* lines = stdout);
    // Why a line could not be written, the first time that it happened; nullopt when all were. A
    // command goes on to its end all the same: what it does is not undone by a full disk of its
    // reader.
    std::optional<std::string> failure();
    void line(std::string_view text) override;
    void error(std::string_view text) override;
    void progress(std::string_view text) override;

  private:
    void clear_progress();
    void note_failure();

    std::FILE* lines_;
    int error_ = 0;  // errno of the first failure
    bool terminal_;
    bool progress_shown_ = false;
};

}  // namespace hrbridge::app
