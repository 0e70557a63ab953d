#include "daemon/app/output.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

#include "daemon/base/printable.h"

namespace hrbridge::app {
namespace {

// There is nowhere to say that standard error cannot be written: the exit code tells.
void put(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

}  // namespace

StandardOutput::StandardOutput(std::FILE* lines)
    : lines_(lines), terminal_(::isatty(STDERR_FILENO) == 1) {}

void StandardOutput::clear_progress() {
    if (progress_shown_) {
        put("\r\033[K");
        progress_shown_ = false;
    }
}

void StandardOutput::line(std::string_view raw) {
    clear_progress();
    const std::string text = base::printable(raw);
    const bool written = std::fwrite(text.data(), 1, text.size(), lines_) == text.size() &&
                         std::fputc('\n', lines_) != EOF && std::fflush(lines_) == 0;
    if (!written) {
        note_failure();
    }
}

void StandardOutput::note_failure() {
    if (error_ == 0) {
        error_ = errno == 0 ? EIO : errno;
    }
}

std::optional<std::string> StandardOutput::failure() {
    if (std::fflush(lines_) != 0) {
        note_failure();
    }
    return error_ == 0 ? std::nullopt : std::optional<std::string>(std::strerror(error_));
}

void StandardOutput::error(std::string_view text) {
    clear_progress();
    put(base::printable(text) + "\n");
}

void StandardOutput::progress(std::string_view text) {
    if (terminal_) {
        put("\r\033[K" + base::one_line(text));
        progress_shown_ = true;
    }
}

}  // namespace hrbridge::app
