#include "daemon/web/request_head.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "daemon/base/text.h"

namespace hrbridge::web {
namespace {

constexpr std::size_t kMaxTarget = 4096;
constexpr std::size_t kMaxFields = 100;
constexpr std::size_t kMaxLengthDigits = 18;

bool is_token(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

bool is_field_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return c == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
}

bool is_target(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// Takes the first line off the text; nullopt when none ends as it must.
std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    return line;
}

std::optional<int> parse_request_line(std::string_view line, RequestHead& out) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return 400;
    }
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(line.substr(0, first)) || !is_target(target) || version.rfind("HTTP/", 0) != 0) {
        return 400;
    }
    if (target.size() > kMaxTarget) {
        return 414;
    }
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        return 505;
    }
    out.method = line.substr(0, first);
    out.target = target;
    out.keep_alive = version == "HTTP/1.1";
    return std::nullopt;
}

bool only_once(const std::string& name) {
    return name == "content-length" || name == "transfer-encoding" || name == "host";
}

std::optional<int> parse_field(std::string_view line, RequestHead& out) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) ||
        !is_field_value(line.substr(colon + 1))) {
        return 400;
    }
    const std::string name = base::to_lower_ascii(line.substr(0, colon));
    const std::string_view value = base::trim(line.substr(colon + 1));
    const auto [field, is_new] = out.headers.try_emplace(name, value);
    if (!is_new) {
        if (only_once(name)) {
            return 400;
        }
        field->second.append(name == "cookie" ? "; " : ", ").append(value);
    }
    return std::nullopt;
}

const std::string* find(const RequestHead& head, const char* name) {
    const auto found = head.headers.find(name);
    return found == head.headers.end() ? nullptr : &found->second;
}

bool parse_length(const std::string& text, std::uint64_t& out) {
    const bool digits =
        !text.empty() && text.size() <= kMaxLengthDigits &&
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits && std::from_chars(text.data(), text.data() + text.size(), out).ec == std::errc();
}

// How the body's end is found.
std::optional<int> parse_framing(bool is_1_1, RequestHead& out) {
    const std::string* length = find(out, "content-length");
    const std::string* coding = find(out, "transfer-encoding");
    if (coding != nullptr) {
        if (length != nullptr || !is_1_1) {
            return 400;
        }
        out.chunked = base::to_lower_ascii(*coding) == "chunked";
        return out.chunked ? std::nullopt : std::optional(501);
    }
    if (length != nullptr) {
        return parse_length(*length, out.length) ? std::nullopt : std::optional(400);
    }
    const bool has_body = out.method == "POST" || out.method == "PUT" || out.method == "PATCH";
    return has_body ? std::optional(411) : std::nullopt;
}

void parse_options(bool is_1_1, RequestHead& out) {
    if (const std::string* connection = find(out, "connection")) {
        const std::string options = base::to_lower_ascii(*connection);
        const auto has = [&](std::string_view wanted) {
            const auto parts = base::split(options, ',');
            return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
                return base::trim(part) == wanted;
            });
        };
        out.keep_alive = !has("close") && (is_1_1 || has("keep-alive"));
    }
    const std::string* expected = find(out, "expect");
    out.wants_continue =
        is_1_1 && expected != nullptr && base::to_lower_ascii(*expected) == "100-continue";
}

}  // namespace

std::optional<int> parse_head(std::string_view text, RequestHead& out) {
    out = {};
    const auto first = take_line(text);
    if (const auto refused = first ? parse_request_line(*first, out) : 400) {
        return refused;
    }
    const bool is_1_1 = out.keep_alive;
    for (std::size_t fields = 0; !text.empty(); ++fields) {
        if (fields == kMaxFields) {
            return 431;
        }
        const auto line = take_line(text);
        if (const auto refused = line ? parse_field(*line, out) : 400) {
            return refused;
        }
    }
    if (is_1_1 && find(out, "host") == nullptr) {
        return 400;
    }
    parse_options(is_1_1, out);
    return parse_framing(is_1_1, out);
}

}  // namespace hrbridge::web
