#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "connectors/http/url.h"

namespace hrbridge::http {

struct Request {
    std::string method = "GET";
    Url url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

struct Response {
    long status = 0;
    std::map<std::string, std::string>
        headers;       // names in lower case; repeated ones joined by ", "
    std::string body;  // decompressed

    // "" when the server did not send it.
    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

}  // namespace hrbridge::http
