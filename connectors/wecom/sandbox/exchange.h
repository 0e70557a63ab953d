#pragma once

#include <map>
#include <string>
#include <string_view>

namespace hrbridge::wecom::sandbox {

struct Request {
    std::string method;
    std::string path;
    std::map<std::string, std::string> query;  // decoded once
    std::map<std::string, std::string> form;   // of an urlencoded body
    std::string body;
    std::string content_type;
    std::string client;  // address
    std::string host;    // Host header
    std::string origin;  // Origin header

    // Empty when absent.
    std::string argument(const std::string& name) const;
    std::string field(const std::string& name) const;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json; charset=utf-8";
    std::string body;
    std::string location;  // of a redirect
    bool drop = false;     // close without an answer
    bool hang = false;     // answer never
};

Response html(std::string body, int status = 200);
// A platform answer. errmsg has a hint and the caller's address as the real one has.
Response refusal(int errcode, std::string_view what);

}  // namespace hrbridge::wecom::sandbox
