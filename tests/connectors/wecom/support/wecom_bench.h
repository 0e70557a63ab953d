#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/wecom/client.h"
#include "connectors/wecom/http.h"
#include "connectors/wecom/messages.h"
#include "connectors/wecom/sandbox/sandbox.h"
#include "connectors/wecom/sender.h"
#include "connectors/wecom/token_owner.h"
#include "monitoring/metrics.h"
#include "tests/support/manual_clock.h"

namespace hrbridge::test {

// The sandbox and a client of it, both on one clock that moves by hand.
class WecomBench {
  public:
    static constexpr std::int64_t kAgent = 1000002;
    static constexpr const char* kSecret = "the-secret";
    static constexpr const char* kToken = "QDG6eK";
    static constexpr const char* kKey = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

    static wecom::sandbox::Options sandbox_options() {
        wecom::sandbox::Options options;
        options.secret = base::Secret(kSecret);
        options.agent_id = kAgent;
        options.people = {{"ZhangSan", "张三"},
                          {"lisi", "李四"},
                          {"hidden", "", false},
                          {"unlicensed", "", true, false},
                          {"inactive", "", true, true, false}};
        return options;
    }

    explicit WecomBench(wecom::sandbox::Options options = sandbox_options(),
                        std::string secret = kSecret,
                        wecom::SendLimits limits = {})
        : corp_id(options.corp_id),
          sandbox(std::move(options), clock),
          url(sandbox.start()),
          http(http_options(url)),
          tokens({corp_id, base::Secret(std::move(secret))}, http, clock, &metrics),
          client(http, tokens, &metrics),
          sender(client, limits, clock) {}

    static wecom::HttpOptions http_options(const std::string& base_url) {
        wecom::HttpOptions options;
        options.base_url = base_url;
        options.timeout = std::chrono::milliseconds(700);
        return options;
    }

    static std::string text(const std::string& receiver, const std::string& content = "第一条") {
        return wecom::text_message({receiver, kAgent}, content).value();
    }

    connectors::SendOutcome send(const std::string& receiver,
                                 const std::string& content = "第一条") {
        return sender.send(text(receiver, content), receiver);
    }

    void refuse(int errcode, int times = 1, const std::string& api = "message/send") {
        sandbox.trouble({api, wecom::sandbox::Trouble::Way::Refuse, errcode, times});
    }
    void disturb(wecom::sandbox::Trouble::Way way) { sandbox.trouble({"message/send", way, 0, 1}); }

    ManualClock clock;
    monitoring::Metrics metrics;
    std::string corp_id;
    wecom::sandbox::Sandbox sandbox;
    std::string url;
    wecom::Http http;
    wecom::TokenOwner tokens;
    wecom::Client client;
    wecom::WecomSender sender;
};

}  // namespace hrbridge::test
