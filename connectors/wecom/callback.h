#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "connectors/wecom/crypto.h"
#include "daemon/base/clock.h"
#include "daemon/base/result.h"

namespace hrbridge::wecom {

// The query of a callback request, URL-decoded once.
struct CallbackQuery {
    std::string msg_signature;
    std::string timestamp;
    std::string nonce;
    std::string echostr;  // GET only
};

// A callback that is genuine, fresh and seen for the first time by this process.
struct CallbackEvent {
    std::string plaintext;  // the deciphered XML or JSON
    // For callback_inbox: the same happening gives the same key, however often and whenever it is
    // delivered. Sender and second are not enough: batch approvals share them.
    std::string dedupe_key;
    std::string message_type;  // "event", "text"
    std::string event;         // "template_card_event"; empty for messages
    std::string from_user;
    std::int64_t agent_id = 0;
    std::optional<std::int64_t> created;  // CreateTime, Unix seconds
    // Other leaf elements by name: EventKey, TaskId, CardType, ResponseCode, ChangeType, UserID …
    // The first wins where a name repeats.
    std::map<std::string, std::string> fields;
};

// Why a callback was not taken.
enum class CallbackRefusal {
    Malformed,  // too large, no XML or JSON, DTD, missing parts
    Forged,     // the signature does not fit
    Stale,      // its timestamp, or the time inside it, is too far from now
    Replayed,   // signature, timestamp and nonce were accepted before
    OtherCorp,  // key or receive id does not fit
};

// What the HTTP server answers: 400, 403, or 200 for a replay, because the platform's own
// redelivery of what was already accepted must come to an end.
int http_status(CallbackRefusal refusal);
std::string_view to_string(CallbackRefusal refusal);

struct CallbackVerdict {
    std::optional<CallbackEvent> event;
    CallbackRefusal refusal = CallbackRefusal::Malformed;  // when there is no event
    // Of a replay: what was taken before, so that it can be answered alike. Not to be stored.
    std::optional<CallbackEvent> repeated;
};

// Remembers accepted (signature, timestamp, nonce) for as long as their timestamp is fresh; after
// that staleness refuses them. What must outlive the process is callback_inbox.dedupe_key.
// Thread-safe.
class ReplayGuard {
  public:
    bool seen(const CallbackQuery& query) const;
    void remember(const CallbackQuery& query, std::int64_t forget_after);
    // Drops what is only needed before `now` (Unix seconds).
    void forget(std::int64_t now);

  private:
    mutable std::mutex mutex_;
    std::set<std::string> seen_;
    std::multimap<std::int64_t, std::string> by_end_;
};

struct CallbackOptions {
    // How far a timestamp may lie from now on either side. The platform repeats a delivery within
    // seconds; wider windows only help clocks that are wrong.
    std::chrono::seconds window{300};
    // How old the happening may be that it tells of: events that the platform held back are taken.
    // Shorter than any retention of callback_inbox, whose keys find what is delivered again.
    std::chrono::seconds longest_delay{12 * 3600};
    std::size_t most_bytes = 256U << 10U;
};

// Checks and deciphers the callbacks of one app, XML and JSON. It does no work beyond that: store
// the event, answer, work later (the platform waits 5 seconds, 1 for the URL check). Thread-safe.
class CallbackReceiver {
  public:
    CallbackReceiver(MessageCrypto crypto, CallbackOptions options, const base::Clock& clock)
        : crypto_(std::move(crypto)), options_(options), clock_(clock) {}

    // GET: the bare text to answer with, letters and digits only. Faults tell the administrator
    // what does not fit.
    base::Result<std::string> verify_url(const CallbackQuery& query) const;
    // POST. Nothing is remembered until accepted(): when storing fails, the platform's redelivery
    // of the same bytes must be taken.
    CallbackVerdict receive(const CallbackQuery& query, std::string_view body) const;
    // Call after the event is stored.
    void accepted(const CallbackQuery& query);
    // The encrypted envelope of a passive reply, as XML.
    std::string reply(std::string_view plaintext, const RandomSource& random) const;
    // The passive reply to a pressed button: it is greyed and reads `text` (at most 10 characters)
    // for the person who pressed it.
    std::string button_reply(const CallbackEvent& pressed,
                             std::string_view text,
                             const RandomSource& random) const;
    const CallbackOptions& options() const { return options_; }

  private:
    bool fresh(const std::string& timestamp) const;
    bool young(std::int64_t created) const;

    MessageCrypto crypto_;
    CallbackOptions options_;
    const base::Clock& clock_;
    ReplayGuard guard_;
};

// Reads a deciphered message; nullopt when it is neither XML nor JSON. Entities and DTDs are
// refused. For tests and for working on what callback_inbox holds.
std::optional<CallbackEvent> parse_event(std::string_view plaintext);

}  // namespace hrbridge::wecom
