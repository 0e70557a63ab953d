#include "daemon/app/output.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace hrbridge::app {

StandardOutput::StandardOutput() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void StandardOutput::clear_progress() {
    if (progress_shown_) {
        fmt::print(stderr, "\r\033[K");
        progress_shown_ = false;
    }
}

void StandardOutput::line(std::string_view text) {
    clear_progress();
    fmt::print(stdout, "{}\n", text);
    std::fflush(stdout);
}

void StandardOutput::error(std::string_view text) {
    clear_progress();
    fmt::print(stderr, "{}\n", text);
}

void StandardOutput::progress(std::string_view text) {
    if (terminal_) {
        fmt::print(stderr, "\r\033[K{}", text);
        std::fflush(stderr);
        progress_shown_ = true;
    }
}

}  // namespace hrbridge::app
