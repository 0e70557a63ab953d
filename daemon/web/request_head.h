#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hrbridge::web {

// What stands before a request's body.
struct RequestHead {
    std::string method;
    std::string target;                          // path and query as sent
    std::map<std::string, std::string> headers;  // names in lower case; repeated ones joined
    bool keep_alive = true;
    bool chunked = false;
    std::uint64_t length = 0;  // of a body that is not chunked
    bool wants_continue = false;
};

// Reads a request line and header fields, each line with its CR LF and without the empty line at
// the end. Strict where another reader could see another request (RFC 9112, 2.2, 5 and 6): what
// leaves a doubt about where the body ends is refused. The status to refuse with, or nullopt.
std::optional<int> parse_head(std::string_view text, RequestHead& out);

}  // namespace hrbridge::web
