#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/secret.h"

namespace hrbridge::wecom::sandbox {

struct Person {
    std::string userid;
    std::string name;
    bool visible = true;   // in the app's visible range
    bool licensed = true;  // has the basic interface licence
    bool active = true;    // has activated WeCom
    bool member = true;    // of the corp; others log in with an openid
};

struct Punch {
    std::string userid;
    std::string checkin_type;  // 上班打卡, 下班打卡, 外出打卡
    std::string exception_type;
    std::int64_t checkin_time = 0;  // Unix seconds
    std::string location_title;
    std::string deviceid;
    std::string groupname;
};

// Where the app gets its callbacks.
struct CallbackTarget {
    std::string url;
    base::Secret token;
    base::Secret encoding_aes_key;
    std::string ca_file;
};

struct Options {
    std::string host = "127.0.0.1";  // loopback only
    std::uint16_t port = 0;          // 0: a free one
    std::string certificate;         // PEM files; both or none: plain http
    std::string key;
    std::string corp_id = "wwsandbox";
    base::Secret secret;
    std::int64_t agent_id = 1000002;
    std::string app_name = "人事助手";
    std::int64_t account_cap = 200;
    std::vector<Person> people;
    std::vector<Punch> punches;
    std::optional<CallbackTarget> callback;
    std::vector<std::string> trusted_ips;  // 企业可信IP; empty: not demanded
    std::string trusted_domain;            // host[:port] that login may return to; empty: any
    bool checkin_allowed = true;           // the app is among 可调用接口的应用
    std::string state_file;  // what people received, kept over restarts; empty: memory
};

}  // namespace hrbridge::wecom::sandbox
