#include "connectors/file/xlsx_strings.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "connectors/file/xlsx_cell.h"
#include "daemon/base/error.h"

namespace hrbridge::file {
namespace {

constexpr std::size_t kWriteAt = 1U << 20U;
constexpr std::size_t kLongestString = 1U << 20U;
constexpr std::size_t kEndSize = sizeof(std::uint64_t);

[[noreturn]] void fail(const char* what, int error) {
    throw base::ConnectorError(
        "file",
        "spool",
        base::Remedy::Retry,
        fmt::format("the strings of a workbook cannot be {} in the folder for temporary files: {}; "
                    "make room there, or let TMPDIR name another folder",
                    what,
                    std::generic_category().message(error)));
}

int nameless_file() {
    const std::string folder = std::filesystem::temp_directory_path().string();
    const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        return descriptor;
    }
    std::string name = folder + "/hrbridge-XXXXXX";
    const int named = ::mkostemp(name.data(), O_CLOEXEC);
    if (named < 0) {
        fail("kept", errno);
    }
    ::unlink(name.c_str());
    return named;
}

void write_all(int descriptor, const std::string& bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t put = ::write(descriptor, bytes.data() + done, bytes.size() - done);
        if (put < 0 && errno != EINTR) {
            fail("kept", errno);
        }
        done += put > 0 ? static_cast<std::size_t>(put) : 0;
    }
}

void read_all(int descriptor, char* place, std::size_t size, std::uint64_t from) {
    for (std::size_t done = 0; done < size;) {
        const ssize_t got =
            ::pread(descriptor, place + done, size - done, static_cast<off_t>(from + done));
        if (got == 0 || (got < 0 && errno != EINTR)) {
            fail("read", got == 0 ? EIO : errno);
        }
        done += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
}

std::uint64_t end_in(const std::string& ends, std::uint64_t number) {
    std::uint64_t end = 0;
    std::memcpy(&end, ends.data() + number * kEndSize, kEndSize);
    return end;
}

}  // namespace

XlsxStrings::XlsxStrings(std::size_t most_in_memory) : most_in_memory_(most_in_memory) {}

XlsxStrings::~XlsxStrings() {
    for (const int descriptor : {texts_, index_}) {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
    }
}

void XlsxStrings::add(const std::string& text) {
    text_ += text;
    const std::uint64_t end = text_before_ + text_.size();
    ends_.append(reinterpret_cast<const char*>(&end), kEndSize);
    ++count_;
    if (!spilled() && text_.size() + ends_.size() > most_in_memory_) {
        spill();
    } else if (spilled() && text_.size() + ends_.size() > kWriteAt) {
        flush();
    }
}

void XlsxStrings::spill() {
    texts_ = nameless_file();
    index_ = nameless_file();
    flush();
}

void XlsxStrings::flush() {
    write_all(texts_, text_);
    write_all(index_, ends_);
    text_before_ += text_.size();
    ends_before_ += ends_.size();
    text_.clear();
    ends_.clear();
}

std::string XlsxStrings::at(std::uint64_t number) const {
    if (!spilled()) {
        const std::uint64_t begin = number == 0 ? 0 : end_in(ends_, number - 1);
        return text_.substr(begin, end_in(ends_, number) - begin);
    }
    std::array<std::uint64_t, 2> bounds{};
    const bool first = number == 0;
    read_all(index_,
             reinterpret_cast<char*>(&bounds[first ? 1 : 0]),
             first ? kEndSize : 2 * kEndSize,
             first ? 0 : (number - 1) * kEndSize);
    std::string text(bounds[1] - bounds[0], '\0');
    read_all(texts_, text.data(), text.size(), bounds[0]);
    return text;
}

void XlsxStrings::read(const XlsxPackage& package, const std::string& part) {
    std::string text;
    bool in_text = false;
    int phonetic = 0;
    package.parse(part,
                  {[&](std::string_view name, const XmlAttributes&) {
                       if (name == "si") {
                           text.clear();
                       }
                       phonetic += name == "rPh" ? 1 : 0;
                       in_text = name == "t" && phonetic == 0;
                   },
                   [&](std::string_view name) {
                       phonetic -= name == "rPh" ? 1 : 0;
                       in_text = in_text && name != "t";
                       if (name == "si") {
                           add(unescaped(text));
                       }
                   },
                   [&](std::string_view piece) {
                       if (!in_text) {
                           return;
                       }
                       text += piece;
                       if (text.size() > kLongestString) {
                           package.fail("has a text of more than a megabyte; it is not read");
                       }
                   }});
    end();
}

void XlsxStrings::end() {
    if (spilled()) {
        flush();
    }
}

}  // namespace hrbridge::file
