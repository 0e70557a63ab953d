#include "daemon/pip/announce.h"

#include <charconv>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/pip/card_field.h"
#include "daemon/pip/explain.h"
#include "daemon/store/repositories.h"

namespace hrbridge::pip {
namespace {

constexpr const char* kLanguage = "zh";
constexpr std::string_view kSeen = "finding.seen/";

std::string month_text(base::Date period) {
    return base::to_string(period).substr(0, 7);
}

constexpr std::size_t kDescription = 44;
constexpr std::size_t kDetail = 30;

Announced write(store::sql::Connection& connection,
                const Announcer& announcer,
                const std::vector<std::string>& receivers,
                const CardText& card,
                const std::string& kind,
                base::Timestamp now) {
    Announced announced;
    store::OutboxRepository outbox(connection);
    for (const std::string& receiver : receivers) {
        const auto request = announcer.build(card, receiver);
        model::OutboxEvent event;
        event.event_key = card.task;
        event.kind = kind;
        event.receiver = receiver;
        event.created_at = now;
        event.next_attempt = now;
        if (request) {
            event.request = *request;
            announced.rows += outbox.add(event) ? 1 : 0;
            continue;
        }
        event.state = model::OutboxState::Dead;
        event.last_code = "unbuilt";
        event.last_error = request.fault().where + ": " + request.fault().what;
        if (outbox.add(event)) {
            announced.unbuilt.push_back({card.task, receiver, request.fault()});
        }
    }
    return announced;
}

std::string card_key(const model::Finding& finding) {
    return fmt::format("{}-{}-{}-{}",
                       finding.rule,
                       finding.kpi_code,
                       finding.spell_id,
                       month_text(finding.period));
}

std::string description_of(const model::EmployeeLabel& employee) {
    return card_field(
        fmt::format("{} {} · {}", employee.employee_no, employee.name, employee.org_unit),
        kDescription);
}

const char* text_key(Announcer::Why why) {
    switch (why) {
        case Announcer::Why::Data:
            return "back_text";
        case Announcer::Why::Rule:
            return "back_text_rule";
        case Announcer::Why::DataOrRule:
            return "back_text_both";
    }
    return "back_text_both";
}

// Withdraws what waits; gives the receivers to whom it went or may have gone, or everybody when
// there is no message, since an earlier release deleted it.
std::vector<std::string> recall(store::sql::Connection& connection,
                                const std::string& event_key,
                                const std::vector<std::string>& everybody,
                                base::Timestamp now) {
    store::OutboxRepository outbox(connection);
    const auto before = outbox.of_event(event_key);
    if (before.empty()) {
        return everybody;
    }
    outbox.withdraw(event_key, now);
    std::set<std::string> receivers;
    for (const model::OutboxEvent& event : outbox.of_event(event_key)) {
        if (event.state != model::OutboxState::Dead ||
            event.last_code.value_or("").starts_with("unknown")) {
            receivers.insert(event.receiver);
        }
    }
    return {receivers.begin(), receivers.end()};
}

}  // namespace

std::string next_card_key(const model::Finding& finding) {
    const std::string key = card_key(finding);
    return finding.cards == 0 ? key : fmt::format("{}-{}", key, finding.cards + 1);
}

bool is_own_card(const model::Finding& finding) {
    return finding.card && finding.card->starts_with(card_key(finding));
}

std::string seen_key(std::int64_t finding_id) {
    return std::string(kSeen) + std::to_string(finding_id);
}

std::optional<std::int64_t> finding_of_key(std::string_view key) {
    if (!key.starts_with(kSeen)) {
        return std::nullopt;
    }
    const std::string_view digits = key.substr(kSeen.size());
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    return error == std::errc() && end == digits.data() + digits.size() && id > 0
               ? std::optional(id)
               : std::nullopt;
}

Announced Announcer::warn(store::sql::Connection& connection,
                          const model::Finding& finding,
                          const model::EmployeeLabel& employee,
                          base::Timestamp now) const {
    const auto evidence = nlohmann::json::parse(finding.evidence);
    const auto& subject = evidence.at("subject");
    const auto& peers = evidence.at("peers");
    CardText card;
    card.title = rule_text(kLanguage, "card_title", {{"period", month_text(finding.period)}});
    card.description = description_of(employee);
    card.emphasis = percent(subject.at("rate").get<double>());
    card.emphasis_description = rule_text(kLanguage, "card_emphasis");
    card.text = rule_text(kLanguage,
                          "card_text",
                          {{"bad", std::to_string(subject.at("bad").get<std::int64_t>())},
                           {"n", std::to_string(subject.at("n").get<std::int64_t>())},
                           {"low", percent(subject.at("low").get<double>())},
                           {"high", percent(subject.at("high").get<double>())},
                           {"chance", at_most(evidence.at("chance_warnings").get<double>(), 2)}});
    card.details = {{rule_text(kLanguage, "card_peers"),
                     fmt::format("{} (n={})",
                                 percent(peers.at("rate").get<double>()),
                                 peers.at("n").get<std::int64_t>())}};
    if (!evidence.at("causes").empty()) {
        const auto& cause = evidence.at("causes").front();
        card.details.emplace_back(rule_text(kLanguage, "card_cause"),
                                  card_field(fmt::format("{} {:+.0f}",
                                                         cause.at("name").get<std::string>(),
                                                         cause.at("excess").get<double>()),
                                             kDetail));
    }
    card.path = fmt::format("/findings/{}", finding.id);
    card.task = finding.card.value_or(next_card_key(finding));
    card.answer_key = seen_key(finding.id);
    card.answer_text = rule_text(kLanguage, "card_seen");
    return write(connection, *this, receivers, card, "warning_card", now);
}

Announced Announcer::take_back(store::sql::Connection& connection,
                               const model::Finding& finding,
                               const model::EmployeeLabel& employee,
                               Why why,
                               base::Timestamp now) const {
    const auto told = recall(connection, finding.card.value(), receivers, now);
    CardText card;
    card.title = rule_text(kLanguage, "back_title", {{"period", month_text(finding.period)}});
    card.description = description_of(employee);
    card.emphasis = rule_text(kLanguage, "back_emphasis");
    card.emphasis_description = rule_text(kLanguage, "back_emphasis_description");
    card.text = rule_text(kLanguage, text_key(why));
    card.path = fmt::format("/findings/{}", finding.id);
    card.task = *finding.card + "-back";
    return write(connection, *this, told, card, "retraction_card", now);
}

Announced Announcer::digest(store::sql::Connection& connection,
                            base::Date period,
                            std::int64_t watches,
                            double by_chance,
                            base::Timestamp now) const {
    const std::string task = "watches-" + month_text(period);
    if (watches == 0) {
        store::OutboxRepository(connection).withdraw_untried(task);
        return {};
    }
    CardText card;
    card.title = rule_text(kLanguage, "digest_title", {{"period", month_text(period)}});
    card.description = rule_text(kLanguage, "digest_description");
    card.emphasis = std::to_string(watches);
    card.emphasis_description = rule_text(kLanguage, "digest_emphasis");
    card.text = rule_text(kLanguage, "digest_text", {{"chance", at_most(by_chance, 1)}});
    card.path = "/findings";
    card.task = task;
    return write(connection, *this, receivers, card, "watch_digest", now);
}

}  // namespace hrbridge::pip
