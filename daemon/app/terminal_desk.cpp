#include "daemon/app/terminal_desk.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "connectors/iclock/attlog.h"
#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "daemon/store/terminal_inbox.h"

namespace hrbridge::app {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};
// A poll has nothing to lose: it does not wait behind other writers.
constexpr std::chrono::milliseconds kContactPatience{500};
constexpr std::chrono::seconds kNoteContactEvery{60};
constexpr std::chrono::seconds kTellRefusalEvery{60};

// Each is a label of hrbridge_terminal_refusals_total.
constexpr const char* kNoAddress = "path";
constexpr const char* kNoSerial = "serial";
constexpr const char* kNoToken = "token";
constexpr const char* kWrongAddress = "address";
constexpr const char* kWrongKind = "device_type";
constexpr const char* kTooLong = "too_long";
constexpr const char* kNoRoom = "no_room";
constexpr const char* kNotStored = "not_stored";

web::Response ok() {
    return web::plain_text(200, "OK");
}

web::Response ok(std::size_t lines) {
    return web::plain_text(200, fmt::format("OK:{}", lines));
}

std::size_t lines_of(const std::string& body) {
    const auto ends = static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n'));
    return ends + (!body.empty() && body.back() != '\n' ? 1 : 0);
}

model::TerminalUpload upload_of(const std::string& source,
                                const std::string& serial,
                                const std::string& peer,
                                base::Timestamp now) {
    model::TerminalUpload upload;
    upload.source = source;
    upload.serial = serial;
    upload.address = peer;
    upload.received_at = now;
    return upload;
}

void add_records(iclock::AttLog log,
                 const iclock::Options& source,
                 const iclock::Terminal& terminal,
                 model::TerminalUpload& upload) {
    const base::Timestamp latest = upload.received_at + std::chrono::seconds(source.ahead_s);
    for (iclock::Punch& punch : log.punches) {
        model::TerminalRecord record;
        record.ahead = iclock::instant_of(punch.time, punch.utc_offset_s, terminal.zone) > latest;
        record.pin = std::move(punch.pin);
        record.punched = std::move(punch.time);
        record.status = std::move(punch.status);
        record.verify = std::move(punch.verify);
        record.workcode = std::move(punch.workcode);
        record.utc_offset_s = punch.utc_offset_s;
        upload.records.push_back(std::move(record));
    }
    for (iclock::BadLine& bad : log.bad) {
        model::TerminalRecord record;
        record.problem = std::move(bad.problem);
        record.line = std::move(bad.raw);
        upload.records.push_back(std::move(record));
    }
}

}  // namespace

TerminalDesk::TerminalDesk(std::vector<iclock::Options> sources, Parts parts)
    : sources_(std::move(sources)), parts_(std::move(parts)) {}

std::optional<TerminalDesk::Known> TerminalDesk::find(const std::string& serial) const {
    for (const iclock::Options& source : sources_) {
        if (const iclock::Terminal* terminal = source.find(serial)) {
            return Known{source, *terminal};
        }
    }
    return std::nullopt;
}

std::string TerminalDesk::refusal(const iclock::Call& call,
                                  const std::optional<Known>& known,
                                  const web::Request& request) {
    if (!known) {
        return kNoSerial;
    }
    if (!iclock::fits_token(known->source.token, call.token)) {
        return kNoToken;
    }
    if (!iclock::comes_from(known->terminal, request.peer)) {
        return kWrongAddress;
    }
    return is_of_wrong_kind(call) ? kWrongKind : "";
}

// Verifications of identity cards look like punches. A terminal says what it is when it begins
// only.
bool TerminalDesk::is_of_wrong_kind(const iclock::Call& call) {
    const std::lock_guard lock(mutex_);
    if (call.kind == iclock::Call::Kind::Options) {
        if (call.device_type != "pid" && call.device_type != "ins") {
            wrong_kind_.erase(call.serial);
            return false;
        }
        wrong_kind_.insert(call.serial);
    }
    return wrong_kind_.contains(call.serial);
}

// What other firmware sends beside punches is not kept; something new may be punches of another
// form, which a person should hear of.
void TerminalDesk::tell_of_other_table(const web::Request& request, const Known& known) {
    constexpr std::array<std::string_view, 9> kNotKept{"",
                                                       "operlog",
                                                       "options",
                                                       "attphoto",
                                                       "userinfo",
                                                       "biodata",
                                                       "biophoto",
                                                       "userpic",
                                                       "fingertmp"};
    const std::string table = base::to_lower_ascii(request.query_value("table"));
    if (request.method != "POST" ||
        std::find(kNotKept.begin(), kNotKept.end(), table) != kNotKept.end()) {
        return;
    }
    count(known.source, "other_table", static_cast<std::int64_t>(lines_of(request.body)));
    parts_.log.warning("a terminal sends a table that is not kept; only ATTLOG holds punches",
                       {{"terminal", known.terminal.serial},
                        {"table", iclock::is_stamp(table) ? table : "(another)"}});
}

web::Response TerminalDesk::answer(const web::Request& request) {
    const auto call = iclock::parse_call(request.method, request.path, request.query);
    if (!call) {
        parts_.metrics.terminal_refusals.Add({{"reason", kNoAddress}}).Increment();
        return web::plain_text(404, "There is nothing at this address.\n");
    }
    const auto known = find(call->serial);
    if (const std::string reason = refusal(*call, known, request); !reason.empty()) {
        return refuse(reason, *call, request);
    }
    using Kind = iclock::Call::Kind;
    switch (call->kind) {
        case Kind::Options:
            return options(*call, *known, request);
        case Kind::Records:
            return records(*call, *known, request);
        case Kind::Other:
            note_contact(*known, request.peer, false);
            tell_of_other_table(request, *known);
            return request.method == "POST" && request.query_value("table") == "OPERLOG"
                       ? ok(lines_of(request.body))
                       : ok();
        case Kind::Commands:
        case Kind::CommandResult:
        case Kind::Ping:
            note_contact(*known, request.peer, false);
            return ok();
    }
    return ok();
}

// A stranger may ask as often as he likes: the log gets a line a minute.
web::Response TerminalDesk::refuse(const std::string& reason,
                                   const iclock::Call& call,
                                   const web::Request& request) {
    parts_.metrics.terminal_refusals.Add({{"reason", reason}}).Increment();
    const auto now = parts_.clock.now();
    std::int64_t times = 0;
    {
        const std::lock_guard lock(mutex_);
        ++refusals_untold_;
        if (!refusal_told_ || now - *refusal_told_ >= kTellRefusalEvery) {
            times = std::exchange(refusals_untold_, 0);
            refusal_told_ = now;
        }
    }
    if (times > 0) {
        parts_.log.warning(
            "an attendance terminal was refused; if it is yours, see `terminals:` of its source",
            {{"reason", reason},
             {"serial", iclock::is_serial(call.serial) ? call.serial : "(none)"},
             {"address", request.peer},
             {"times", std::to_string(times)}});
    }
    return web::plain_text(403, "This terminal is not known here.\n");
}

web::Response TerminalDesk::options(const iclock::Call& call,
                                    const Known& known,
                                    const web::Request& request) {
    std::optional<std::string> stamp;
    try {
        const auto connection = parts_.store.connect();
        stamp = store::TerminalInbox(*connection).stamp(call.serial);
    } catch (const base::StoreError& error) {
        return not_stored(kNotStored, error.code(), known);
    }
    note_contact(known, request.peer, true);
    return web::plain_text(
        200, iclock::options_text(call.serial, stamp, known.terminal.zone, parts_.clock.now()));
}

web::Response TerminalDesk::records(const iclock::Call& call,
                                    const Known& known,
                                    const web::Request& request) {
    if (request.body.size() > kMostBytes) {
        return not_stored(kTooLong, "the body is longer than 2 MiB", known);
    }
    if (const auto why = parts_.obstacle ? parts_.obstacle() : std::nullopt) {
        return not_stored(kNoRoom, *why, known);
    }
    model::TerminalUpload upload =
        upload_of(known.source.name, call.serial, request.peer, parts_.clock.now());
    if (iclock::is_stamp(call.stamp)) {
        upload.stamp = call.stamp;
    }
    iclock::AttLog log = iclock::parse_attlog(request.body);
    const std::size_t lines = log.lines;
    add_records(std::move(log), known.source, known.terminal, upload);
    store::TerminalInbox::Added added;
    try {
        const auto connection = parts_.store.connect();
        added = store::TerminalInbox(*connection).add(upload, parts_.keys, kPatience);
    } catch (const base::StoreError& error) {
        return not_stored(kNotStored, error.code(), known);
    }
    note_contact(known, request.peer, false);
    const auto sent = static_cast<std::int64_t>(upload.records.size());
    count(known.source, "kept", added.kept - added.problems);
    count(known.source, "no_punch", added.problems);
    count(known.source, "repeated", sent - added.kept);
    count(known.source, "ahead", added.ahead);
    if (added.problems > 0 || added.ahead > 0) {
        parts_.log.warning(
            added.ahead > 0
                ? "a terminal sent punches of a time that was not yet; set its clock"
                : "a terminal sent lines that are no punches; the mapping's rejects show them",
            {{"terminal", call.serial},
             {"ahead", std::to_string(added.ahead)},
             {"no_punch", std::to_string(added.problems)}});
    }
    return ok(lines);
}

web::Response TerminalDesk::not_stored(const char* reason,
                                       const std::string& why,
                                       const Known& known) {
    parts_.metrics.terminal_refusals.Add({{"reason", reason}}).Increment();
    parts_.log.error("what a terminal sent could not be stored; it keeps it and sends it again",
                     {{"terminal", known.terminal.serial}, {"reason", reason}, {"why", why}});
    const bool too_long = std::string_view(reason) == kTooLong;
    return web::plain_text(too_long ? 413 : 503, "ERROR: not stored\n");
}

void TerminalDesk::show_contacts() {
    const auto connection = parts_.store.connect();
    for (const model::Terminal& terminal : store::TerminalInbox(*connection).terminals()) {
        if (const auto known = find(terminal.serial)) {
            measure_contact(*known, terminal.last_contact);
        }
    }
}

void TerminalDesk::measure_contact(const Known& known, base::Timestamp at) {
    parts_.metrics.terminal_contact_seconds
        .Add({{"source", known.source.name}, {"terminal", known.terminal.serial}})
        .Set(std::chrono::duration<double>(at.time_since_epoch()).count());
}

void TerminalDesk::note_contact(const Known& known, const std::string& peer, bool at_once) {
    const auto now = parts_.clock.now();
    const std::string& serial = known.terminal.serial;
    measure_contact(known, now);
    {
        const std::lock_guard lock(mutex_);
        const auto last = noted_.find(serial);
        if (!at_once && last != noted_.end() && now - last->second < kNoteContactEvery) {
            return;
        }
        noted_[serial] = now;
    }
    try {
        const auto connection = parts_.store.connect();
        store::TerminalInbox(*connection)
            .touch(upload_of(known.source.name, serial, peer, now), kContactPatience);
    } catch (const base::StoreError&) {
        // The next poll notes it.
        const std::lock_guard lock(mutex_);
        noted_.erase(serial);
    }
}

void TerminalDesk::count(const iclock::Options& source, const char* verdict, std::int64_t lines) {
    if (lines > 0) {
        parts_.metrics.terminal_records.Add({{"source", source.name}, {"verdict", verdict}})
            .Increment(static_cast<double>(lines));
    }
}

}  // namespace hrbridge::app
