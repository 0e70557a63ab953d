#include "daemon/web/request_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

namespace hrbridge::web {
namespace {

constexpr std::size_t kMaxHead = 32U << 10U;
constexpr std::size_t kMaxEmptyLines = 4;  // before a request
constexpr std::size_t kMaxChunkLine = 1024;
constexpr std::size_t kMaxTrailerLines = 100;
constexpr std::size_t kPiece = 16U << 10U;

constexpr ReadResult kRead{};
constexpr ReadResult kGone{true, 0};

ReadResult refusal(int status) {
    return {false, status};
}

// Where the empty line behind a header begins and ends. Lines may end in LF alone here, so that
// parse_head() sees and refuses them instead of waiting for more.
struct HeadEnd {
    std::size_t begin;
    std::size_t end;
};
std::optional<HeadEnd> find_end(std::string_view text) {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
        const std::string_view rest = text.substr(at + 1);
        if (rest.rfind("\r\n", 0) == 0) {
            return HeadEnd{at + 1, at + 3};
        }
        if (rest.rfind('\n', 0) == 0) {
            return HeadEnd{at + 1, at + 2};
        }
    }
    return std::nullopt;
}

// The size before an extension; nullopt when it is none or beyond any limit.
std::optional<std::uint64_t> chunk_size(std::string_view line) {
    constexpr std::size_t kMaxDigits = 15;
    constexpr int kHex = 16;
    const std::string_view digits = line.substr(0, line.find_first_of("; \t"));
    std::uint64_t size = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), size, kHex);
    if (digits.size() > kMaxDigits || error != std::errc() ||
        end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return size;
}

}  // namespace

bool RequestReader::fill() {
    std::array<char, kPiece> piece{};
    const std::size_t got = source_(piece.data(), piece.size());
    bytes_.erase(0, std::exchange(begin_, 0));
    bytes_.append(piece.data(), got);
    return got > 0;
}

ReadResult RequestReader::read_head(RequestHead& out) {
    std::size_t empty_lines = 0;
    for (;;) {
        while (rest().starts_with("\r\n")) {  // some clients end a body with what belongs to none
            if (++empty_lines > kMaxEmptyLines) {
                return refusal(400);
            }
            begin_ += 2;
        }
        const std::string_view head = rest().substr(0, kMaxHead);
        if (const auto end = find_end(head)) {
            const auto refused = parse_head(head.substr(0, end->begin), out);
            begin_ += end->end;
            return refusal(refused.value_or(0));
        }
        if (head.size() == kMaxHead) {
            return refusal(head.find('\n') == std::string_view::npos ? 414 : 431);
        }
        if (!fill()) {
            return kGone;
        }
    }
}

ReadResult RequestReader::read_body(const RequestHead& head, std::size_t most, std::string& out) {
    out.clear();
    if (head.chunked) {
        return read_chunks(most, out);
    }
    return head.length > most ? refusal(413) : take(static_cast<std::size_t>(head.length), out);
}

// Appends so many bytes.
ReadResult RequestReader::take(std::size_t size, std::string& out) {
    for (;;) {
        const std::string_view now = rest().substr(0, size);
        out.append(now);
        begin_ += now.size();
        size -= now.size();
        if (size == 0) {
            return kRead;
        }
        if (!fill()) {
            return kGone;
        }
    }
}

ReadResult RequestReader::take_line(std::string& out) {
    for (;;) {
        const std::string_view line = rest().substr(0, kMaxChunkLine + 1);
        const std::size_t end = line.find('\n');
        if (end == std::string_view::npos ? line.size() > kMaxChunkLine
                                          : end == 0 || line[end - 1] != '\r') {
            return refusal(400);
        }
        if (end != std::string_view::npos) {
            out.assign(line, 0, end - 1);
            begin_ += end + 1;
            return kRead;
        }
        if (!fill()) {
            return kGone;
        }
    }
}

ReadResult RequestReader::read_chunks(std::size_t most, std::string& out) {
    std::string line;
    for (;;) {
        if (const ReadResult result = take_line(line); !result.ok()) {
            return result;
        }
        const auto size = chunk_size(line);
        if (!size) {
            return refusal(400);
        }
        if (*size == 0) {
            return skip_trailer();
        }
        if (*size > most - out.size()) {
            return refusal(413);
        }
        if (const ReadResult result = take(static_cast<std::size_t>(*size), out); !result.ok()) {
            return result;
        }
        if (const ReadResult result = take_line(line); !result.ok()) {
            return result;
        }
        if (!line.empty()) {
            return refusal(400);
        }
    }
}

ReadResult RequestReader::skip_trailer() {
    std::string line;
    for (std::size_t lines = 0; lines < kMaxTrailerLines; ++lines) {
        if (const ReadResult result = take_line(line); !result.ok() || line.empty()) {
            return result;
        }
    }
    return refusal(431);
}

}  // namespace hrbridge::web
