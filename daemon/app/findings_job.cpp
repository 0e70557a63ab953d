#include "daemon/app/findings_job.h"

#include <fmt/format.h>

#include "connectors/wecom/messages.h"
#include "daemon/app/card_task.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

base::Result<std::string> build_card(const Config& config,
                                     const pip::CardText& text,
                                     const std::string& receiver) {
    const wecom::Addressee to{receiver, config.wecom->agent_id};
    wecom::Card card;
    card.source = "hrbridge";
    card.title = text.title;
    card.description = text.description;
    card.text = text.text;
    card.details = text.details;
    card.url = config.wecom->page_url + text.path;
    if (config.wecom->callback && !text.answer_key.empty()) {
        // A card with buttons has no place for an emphasised number.
        card.details.insert(card.details.begin(), {text.emphasis_description, text.emphasis});
        card.buttons = {{text.answer_text, text.answer_key, "", 1}};
        card.task_id = task_for(text.task, receiver);
        return wecom::button_card_message(to, card);
    }
    card.emphasis = text.emphasis;
    card.emphasis_description = text.emphasis_description;
    return wecom::notice_card_message(to, card);
}

// The mappings whose rows the rules judge.
std::vector<std::string> feeding(const std::vector<engine::Mapping>& mappings) {
    std::vector<std::string> names;
    for (const engine::Mapping& mapping : mappings) {
        if (mapping.entity == "production_fact" || mapping.entity == "defect") {
            names.push_back(mapping.name);
        }
    }
    return names;
}

}  // namespace

void show_findings(Services& services) {
    const auto connection = services.store->connect();
    for (const char* rule : {"R1", "R2"}) {
        for (const char* level : {"warning", "watch"}) {
            services.metrics.findings.Add({{"rule", rule}, {"level", level}}).Set(0);
        }
    }
    for (const auto& each : store::FindingRepository(*connection).in_force()) {
        services.metrics.findings.Add({{"rule", each.rule}, {"level", each.level}})
            .Set(static_cast<double>(each.people));
    }
}

pip::Announcer make_announcer(const Config& config) {
    pip::Announcer announcer;
    if (config.wecom) {
        announcer.receivers = config.wecom->hr_receivers;
        announcer.build = [&config](const pip::CardText& card, const std::string& receiver) {
            return build_card(config, card, receiver);
        };
    }
    return announcer;
}

std::string not_compared_text(const model::Evaluation& evaluation) {
    std::string text;
    for (const auto& [reason, people] : evaluation.not_compared) {
        text += fmt::format("{}{} {}", text.empty() ? "; not compared: " : ", ", people, reason);
    }
    if (evaluation.open_rows > 0) {
        text += fmt::format("; {} refused or waiting rows may be of these months",
                            evaluation.open_rows);
    }
    return text;
}

std::string wait_text(const model::EvaluationWait& wait) {
    return fmt::format(
        "{} is not evaluated yet: {} has been read {}, and must be read past the end "
        "of the month",
        base::to_string(wait.period).substr(0, 7),
        wait.mapping,
        wait.read_until ? "until " + base::to_string(*wait.read_until) : "not to its end yet");
}

pip::EvaluationReport evaluate_findings(Services& services) {
    const auto connection = services.store->connect();
    const pip::Announcer announcer = make_announcer(services.config);
    const pip::EvaluationParts parts{*connection,
                                     services.policy,
                                     *base::Zone::find(services.config.zone),
                                     services.clock.now(),
                                     services.config.wecom ? &announcer : nullptr,
                                     feeding(services.mappings)};
    pip::EvaluationReport report = pip::evaluate(parts);
    show_findings(services);
    if (report.wait) {
        services.log.warning(wait_text(*report.wait), {{"mapping", report.wait->mapping}});
    }
    for (const pip::UnbuiltCard& card : report.unbuilt) {
        services.log.error(
            "a card cannot be built; it stands dead in the outbox",
            {{"event", card.task}, {"fault", card.fault.where + ": " + card.fault.what}});
    }
    return report;
}

jobs::DispatchReport dispatch_outbox(Services& services, const std::stop_token& stop) {
    if (!services.wecom) {
        return {};
    }
    jobs::OutboxDispatcher dispatcher(
        {*services.store, services.wecom->sender, services.clock, services.log, services.metrics});
    return dispatcher.run_once(stop);
}

std::shared_ptr<jobs::OutboxDispatcher> make_dispatcher(Services& services) {
    if (!services.wecom) {
        return nullptr;
    }
    jobs::DispatchOptions options;
    options.avoid_busy_minutes = true;
    return std::make_shared<jobs::OutboxDispatcher>(
        jobs::OutboxDispatcher::Parts{*services.store,
                                      services.wecom->sender,
                                      services.clock,
                                      services.log,
                                      services.metrics},
        options);
}

}  // namespace hrbridge::app
