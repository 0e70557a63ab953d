#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/wecom/sandbox/options.h"
#include "daemon/base/clock.h"

namespace hrbridge::wecom::sandbox {

// What the next calls of an API meet instead of the usual answer.
struct Trouble {
    enum class Way {
        Refuse,      // answers `errcode`
        DropBefore,  // closes the connection and does nothing
        DropAfter,   // does its work and closes the connection without an answer
        Hang,        // does its work and answers never
        Garble,      // does its work and answers HTTP 502 with a page
    };
    std::string api;  // "message/send"; empty: any but gettoken
    Way way = Way::Refuse;
    int errcode = 0;
    int times = 1;
};

// One message as one person received it.
struct Delivery {
    std::int64_t id = 0;
    std::string userid;
    std::string msgid;
    std::string message;  // the request's JSON
    std::int64_t at = 0;  // Unix seconds
    std::string response_code;
    std::string replaced_by;  // the button text after an update; empty: as sent
};

struct Counters {
    std::int64_t token_fetches = 0;
    std::int64_t failed_fetches = 0;
    std::int64_t sends = 0;       // calls of message/send that reached their work
    std::int64_t duplicates = 0;  // suppressed by the duplicate check
    std::int64_t dropped = 0;     // silently, over a member's rate
};

// The answer to a callback after the press of a button.
struct PressResult {
    bool sent = false;   // there is a callback URL and the card has this button
    int status = 0;      // HTTP; 0: no answer
    int deliveries = 0;  // tries, as the platform repeats them
    std::string body;    // of the last callback's request, to send it again in tests
    std::string query;   // "?msg_signature=…"
};

// A strict stand-in for the WeCom server on loopback: the same interface, limits, errors and
// encrypted callbacks, pages that show what each person received, and JSON under /sandbox/ to
// steer it. Where the platform silently cuts a text it refuses, so that no test passes by luck.
// Thread-safe.
class Sandbox {
  public:
    // `clock` must outlive it.
    Sandbox(Options options, const base::Clock& clock);
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    // Binds and serves; gives "http://127.0.0.1:PORT". Throws ConnectorError(Stop) when it cannot.
    std::string start();
    void stop();

    void set_people(std::vector<Person> people);
    void set_punches(std::vector<Punch> punches);
    void set_callback(std::optional<CallbackTarget> target);
    void set_trusted_ips(std::vector<std::string> addresses);
    void trouble(Trouble trouble);
    // Tokens given so far are answered with 42001 from now on.
    void expire_tokens();
    // Tokens given so far are answered with 40014 from now on.
    void forget_tokens();
    // Oldest first; `userid` empty: everyone's.
    std::vector<Delivery> deliveries(const std::string& userid = {}) const;
    Counters counters() const;
    // Presses a button of a delivered card and waits for the callback's answer.
    PressResult press(std::int64_t delivery, const std::string& key);
    // The console's check when a callback URL is saved: true when the answer is the bare text.
    bool verify_callback_url();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hrbridge::wecom::sandbox
