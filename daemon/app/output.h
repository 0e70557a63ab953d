#pragma once

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
};

class StandardOutput final : public Output {
  public:
    StandardOutput();
    void line(std::string_view text) override;
    void error(std::string_view text) override;
    void progress(std::string_view text) override;

  private:
    void clear_progress();

    bool terminal_;
    bool progress_shown_ = false;
};

}  // namespace hrbridge::app
