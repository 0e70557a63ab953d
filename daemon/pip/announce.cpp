#include "daemon/pip/announce.h"

#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "daemon/pip/explain.h"
#include "daemon/store/repositories.h"

namespace hrbridge::pip {
namespace {

constexpr const char* kLanguage = "zh";

std::string month_text(base::Date period) {
    return base::to_string(period).substr(0, 7);
}

// At most `most` characters of the card's field; names of people and teams come from outside.
std::string fit(const std::string& text, std::size_t most) {
    if (base::code_points(text) <= most) {
        return text;
    }
    std::string out = text;
    while (base::code_points(out) >= most) {
        do {
            out.pop_back();
        } while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U);
        while (!out.empty() && !base::is_valid_utf8(out)) {
            out.pop_back();
        }
    }
    return out + "…";
}

std::int64_t write(store::sql::Connection& connection,
                   const Announcer& announcer,
                   const CardText& card,
                   const std::string& kind,
                   base::Timestamp now) {
    std::int64_t written = 0;
    store::OutboxRepository outbox(connection);
    for (const std::string& receiver : announcer.receivers) {
        const auto request = announcer.build(card, receiver);
        if (!request) {
            throw std::logic_error("a card cannot be built: " + request.fault().where + ": " +
                                   request.fault().what);
        }
        model::OutboxEvent event;
        event.event_key = card.task;
        event.kind = kind;
        event.receiver = receiver;
        event.request = *request;
        event.created_at = now;
        event.next_attempt = now;
        written += outbox.add(event) ? 1 : 0;
    }
    return written;
}

}  // namespace

std::int64_t Announcer::warn(store::sql::Connection& connection,
                             const model::Finding& finding,
                             const model::EmployeeLabel& employee,
                             base::Timestamp now) const {
    const auto evidence = nlohmann::json::parse(finding.evidence);
    const auto& subject = evidence.at("subject");
    const auto& peers = evidence.at("peers");
    CardText card;
    card.title = rule_text(kLanguage, "card_title", {{"period", month_text(finding.period)}});
    card.description =
        fit(fmt::format("{} {} · {}", employee.employee_no, employee.name, employee.org_unit), 44);
    card.emphasis = percent(subject.at("rate").get<double>());
    card.emphasis_description = rule_text(kLanguage, "card_emphasis");
    card.text = rule_text(
        kLanguage,
        "card_text",
        {{"bad", std::to_string(subject.at("bad").get<std::int64_t>())},
         {"n", std::to_string(subject.at("n").get<std::int64_t>())},
         {"low", percent(subject.at("low").get<double>())},
         {"high", percent(subject.at("high").get<double>())},
         {"chance", fmt::format("{:.2f}", evidence.at("chance_warnings").get<double>())}});
    card.details = {{rule_text(kLanguage, "card_peers"),
                     fmt::format("{} ({}/{})",
                                 percent(peers.at("rate").get<double>()),
                                 peers.at("bad").get<std::int64_t>(),
                                 peers.at("n").get<std::int64_t>())}};
    if (!evidence.at("causes").empty()) {
        const auto& cause = evidence.at("causes").front();
        card.details.emplace_back(rule_text(kLanguage, "card_cause"),
                                  fit(fmt::format("{} {:+.0f}",
                                                  cause.at("name").get<std::string>(),
                                                  cause.at("excess").get<double>()),
                                      30));
    }
    card.path = fmt::format("/findings/{}", finding.id);
    card.task = fmt::format("{}-{}-{}-{}",
                            finding.rule,
                            finding.kpi_code,
                            finding.spell_id,
                            month_text(finding.period));
    return write(connection, *this, card, "warning_card", now);
}

std::int64_t Announcer::digest(store::sql::Connection& connection,
                               base::Date period,
                               const std::vector<model::Finding>& watches,
                               double by_chance,
                               base::Timestamp now) const {
    if (watches.empty()) {
        return 0;
    }
    std::string content;
    for (const model::Finding& each : watches) {
        content += fmt::format("{}/{};", each.rule, each.spell_id);
    }
    CardText card;
    card.title = rule_text(kLanguage, "digest_title", {{"period", month_text(period)}});
    card.description = rule_text(kLanguage, "digest_description");
    card.emphasis = std::to_string(watches.size());
    card.emphasis_description = rule_text(kLanguage, "digest_emphasis");
    card.text = rule_text(kLanguage, "digest_text", {{"chance", fmt::format("{:.1f}", by_chance)}});
    card.path = "/findings";
    card.task = fmt::format(
        "watches-{}-{}", month_text(period), base::to_hex(base::sha256(content)).substr(0, 12));
    return write(connection, *this, card, "watch_digest", now);
}

}  // namespace hrbridge::pip
