#include "daemon/web/http.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "daemon/base/text.h"

namespace hrbridge::web {
namespace {

constexpr std::ptrdiff_t kMaxFields = 200;
constexpr std::size_t kLongestAddress = 2000;

std::string value_of(const std::map<std::string, std::string>& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
}

std::optional<std::string> decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] == '%') {
            const auto byte =
                i + 2 < text.size() ? base::from_hex(text.substr(i + 1, 2)) : std::nullopt;
            if (!byte) {
                return std::nullopt;
            }
            out += *byte;
            i += 2;
        } else {
            out += text[i];
        }
    }
    if (!base::is_valid_utf8(out) || out.find('\0') != std::string::npos) {
        return std::nullopt;
    }
    return out;
}

std::string encode(std::string_view text) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (kPlain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += '%';
            out += base::to_upper_ascii(base::to_hex(std::string_view(&c, 1)));
        }
    }
    return out;
}

}  // namespace

std::string Request::query_value(const std::string& name) const {
    return value_of(query, name);
}

std::string Request::form_value(const std::string& name) const {
    return value_of(form, name);
}

std::string Request::cookie(const std::string& name) const {
    return value_of(cookies, name);
}

bool only_reads(const Request& request) {
    return request.method == "GET" || request.method == "HEAD";
}

Response redirect(std::string location) {
    Response response;
    response.status = 303;
    response.headers["Location"] = std::move(location);
    return response;
}

Response no_answer() {
    Response response;
    response.status = 503;
    response.unanswered = true;
    return response;
}

Response plain_text(int status, std::string text) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(text);
    return response;
}

std::optional<std::map<std::string, std::string>> parse_form(std::string_view text) {
    std::map<std::string, std::string> fields;
    if (text.empty()) {
        return fields;
    }
    // Counted first: the list of a body of separators alone would be many times longer.
    if (std::count(text.begin(), text.end(), '&') >= kMaxFields) {
        return std::nullopt;
    }
    for (const std::string_view part : base::split(text, '&')) {
        const std::size_t equals = part.find('=');
        const auto name = decode(part.substr(0, equals));
        const auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                            : decode(part.substr(equals + 1));
        if (!name || !value) {
            return std::nullopt;
        }
        fields[*name] = *value;
    }
    return fields;
}

std::string address(const std::string& path, const std::map<std::string, std::string>& query) {
    std::string out = path;
    for (const auto& [name, value] : query) {
        out += out.size() == path.size() ? '?' : '&';
        out += encode(name) + "=" + encode(value);
    }
    return out;
}

// Browsers read "//host" and "/\host" as another host.
bool is_local_address(std::string_view text) {
    return !text.empty() && text.size() <= kLongestAddress && text.front() == '/' &&
           (text.size() == 1 || text[1] != '/') &&
           std::all_of(
               text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
}

std::map<std::string, std::string> parse_cookies(std::string_view header) {
    std::map<std::string, std::string> cookies;
    for (const std::string_view part : base::split(header, ';')) {
        const std::string_view pair = base::trim(part);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos) {
            cookies.emplace(std::string(pair.substr(0, equals)),
                            std::string(pair.substr(equals + 1)));
        }
    }
    return cookies;
}

}  // namespace hrbridge::web
