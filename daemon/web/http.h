#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hrbridge::web {

// A request as the pages see it, without the HTTP library. Names of headers are lower case.
struct Request {
    std::string method;  // GET, HEAD or POST
    std::string path;    // "/findings/12", without the query
    std::map<std::string, std::string> query;
    std::map<std::string, std::string> form;  // of an urlencoded POST
    std::map<std::string, std::string> cookies;
    std::map<std::string, std::string> headers;
    std::string body;
    std::string peer;  // address of the client

    std::string query_value(const std::string& name) const;
    std::string form_value(const std::string& name) const;
    std::string cookie(const std::string& name) const;
};

struct Response {
    int status = 200;
    std::string content_type = "text/html; charset=utf-8";
    std::string body;
    std::map<std::string, std::string> headers;
    bool unanswered = false;  // the connection ends without a byte, as if the network had failed
};

// GET and HEAD: the request changes nothing.
bool only_reads(const Request& request);

Response redirect(std::string location);
Response plain_text(int status, std::string text);
Response no_answer();

// Decodes "a=1&b=%E4%BD%A0"; a name given twice keeps its last value. nullopt for broken escapes,
// more than 200 fields or text that is not UTF-8.
std::optional<std::map<std::string, std::string>> parse_form(std::string_view text);
// The path with a query that parse_form() reads as these values; without values the path alone.
std::string address(const std::string& path, const std::map<std::string, std::string>& query);
// Whether a redirection there stays on this server: a path with a query, in printable ASCII.
bool is_local_address(std::string_view text);
std::map<std::string, std::string> parse_cookies(std::string_view header);

}  // namespace hrbridge::web
