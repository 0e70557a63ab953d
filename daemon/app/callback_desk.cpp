#include "daemon/app/callback_desk.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/base/ids.h"
#include "daemon/pip/announce.h"
#include "daemon/store/callback_inbox.h"

namespace hrbridge::app {
namespace {

// The platform waits 5 seconds and delivers again; what is left is for the way there and back.
constexpr std::chrono::milliseconds kPatience{3'000};
constexpr const char* kReadText = "已阅读";

// Labels must not grow with what others send.
constexpr std::array<std::string_view, 10> kKnownEvents{"template_card_event",
                                                        "template_card_menu_event",
                                                        "enter_agent",
                                                        "click",
                                                        "subscribe",
                                                        "unsubscribe",
                                                        "change_contact",
                                                        "sys_approval_change",
                                                        "open_approval_change",
                                                        "text"};

std::string kind_of(const wecom::CallbackEvent& event) {
    return event.event.empty() ? event.message_type : event.event;
}

std::string label_of(const wecom::CallbackEvent& event) {
    const std::string kind = kind_of(event);
    const bool known =
        std::find(kKnownEvents.begin(), kKnownEvents.end(), kind) != kKnownEvents.end();
    return known ? kind : "other";
}

wecom::CallbackQuery query_of(const web::CallbackCall& call) {
    return {call.signature, call.timestamp, call.nonce, call.echo};
}

web::Response bare(std::string text, const char* type) {
    web::Response response;
    response.content_type = type;
    response.body = std::move(text);
    return response;
}

}  // namespace

CallbackDesk::CallbackDesk(wecom::MessageCrypto crypto, const Parts& parts)
    : parts_(parts), receiver_(std::move(crypto), {}, parts.clock) {}

web::Response CallbackDesk::verify(const web::CallbackCall& call) {
    const base::Result<std::string> echo = receiver_.verify_url(query_of(call));
    count("url_check", echo ? "accepted" : "refused");
    if (!echo) {
        parts_.log.warning("a check of the callback address was refused",
                           {{"reason", echo.fault().what}});
        return web::plain_text(403, "This is no callback for this daemon.\n");
    }
    return bare(*echo, "text/plain; charset=utf-8");
}

web::Response CallbackDesk::receive(const web::CallbackCall& call) {
    const wecom::CallbackQuery query = query_of(call);
    const wecom::CallbackVerdict verdict = receiver_.receive(query, call.body);
    if (verdict.repeated) {
        count(label_of(*verdict.repeated), "replayed");
        return answer(*verdict.repeated);
    }
    if (!verdict.event) {
        return refuse(verdict.refusal);
    }
    const wecom::CallbackEvent& event = *verdict.event;
    try {
        const bool added = keep(event);
        receiver_.accepted(query);
        count(label_of(event), added ? "accepted" : "repeated");
        parts_.log.info("callback taken",
                        {{"event", label_of(event)}, {"repeated", added ? "no" : "yes"}});
    } catch (const base::StoreError& error) {
        count(label_of(event), "not_stored");
        parts_.log.error("a callback could not be stored; it is left for the platform to repeat",
                         {{"event", label_of(event)}, {"code", error.code()}});
        return web::no_answer();
    }
    return answer(event);
}

// False when it is there already.
bool CallbackDesk::keep(const wecom::CallbackEvent& event) {
    model::Callback callback;
    callback.dedupe_key = event.dedupe_key;
    callback.received_at = parts_.clock.now();
    callback.event = kind_of(event);
    callback.body = event.plaintext;
    const auto connection = parts_.store.connect();
    return store::CallbackInbox(*connection).add(callback, parts_.keys, kPatience);
}

void CallbackDesk::too_long() {
    count("unknown", "too_long");
    parts_.log.warning("a callback was refused", {{"reason", "too long"}});
}

web::Response CallbackDesk::answer(const wecom::CallbackEvent& event) const {
    const auto key = event.fields.find("EventKey");
    if (event.event != "template_card_event" || key == event.fields.end() ||
        !pip::finding_of_key(key->second)) {
        return bare("", "text/plain; charset=utf-8");
    }
    return bare(receiver_.button_reply(event, kReadText, base::random_bytes),
                "text/xml; charset=utf-8");
}

web::Response CallbackDesk::refuse(wecom::CallbackRefusal refusal) {
    const std::string reason(wecom::to_string(refusal));
    count("unknown", refusal == wecom::CallbackRefusal::OtherCorp ? "other_corp" : reason);
    parts_.log.warning("a callback was refused", {{"reason", reason}});
    return web::plain_text(wecom::http_status(refusal), "This is no callback for this daemon.\n");
}

void CallbackDesk::count(const std::string& event, const std::string& verdict) {
    parts_.metrics.wecom_callbacks.Add({{"event", event}, {"verdict", verdict}}).Increment();
}

}  // namespace hrbridge::app
