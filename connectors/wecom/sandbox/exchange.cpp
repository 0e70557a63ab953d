#include "connectors/wecom/sandbox/exchange.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace hrbridge::wecom::sandbox {
namespace {

std::string find(const std::map<std::string, std::string>& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
}

}  // namespace

std::string Request::argument(const std::string& name) const {
    return find(query, name);
}

std::string Request::field(const std::string& name) const {
    return find(form, name);
}

Response html(std::string body, int status) {
    Response response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.body = std::move(body);
    return response;
}

Response refusal(int errcode, std::string_view what) {
    nlohmann::ordered_json body;
    body["errcode"] = errcode;
    body["errmsg"] = std::string(what) +
                     ", hint: [sandbox], from ip: 127.0.0.1, more info at "
                     "https://open.work.weixin.qq.com/devtool/query?e=" +
                     std::to_string(errcode);
    Response response;
    response.body = body.dump();
    return response;
}

}  // namespace hrbridge::wecom::sandbox
