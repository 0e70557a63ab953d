#include "daemon/pip/telling.h"

#include <utility>

namespace hrbridge::pip {

void Telling::warn(std::int64_t finding_id) {
    if (announcer_ == nullptr) {
        return;
    }
    model::Finding finding = findings_.find(finding_id).value();
    const auto employee = findings_.employee(finding.spell_id);
    if (!employee) {
        return;
    }
    if (!finding.card) {
        const auto open = findings_.open_card(finding);
        if (open) {
            findings_.set_card(finding.id, open, finding.cards);
            return;
        }
        finding.card = next_card_key(finding);
        findings_.set_card(finding.id, finding.card, finding.cards + 1);
    }
    if (is_own_card(finding)) {
        add(announcer_->warn(connection_, finding, *employee, now_));
    }
}

void Telling::take_back(const model::Finding& finding, Why why) {
    if (!finding.card) {
        return;
    }
    if (!is_own_card(finding)) {
        findings_.set_card(finding.id, std::nullopt, finding.cards);
        return;
    }
    if (announcer_ == nullptr) {
        withdraw(finding);
        return;
    }
    for (const model::Finding& each : findings_.of_card(*finding.card)) {
        if (each.id != finding.id) {
            left_.insert({each.period, each.id});
        }
    }
    findings_.forget_card(*finding.card);
    const auto employee = findings_.employee(finding.spell_id);
    if (employee) {
        add(announcer_->take_back(connection_, finding, *employee, why, now_));
    }
}

// The card stays until somebody can be told, unless nobody can have got it.
void Telling::withdraw(const model::Finding& finding) {
    store::OutboxRepository outbox(connection_);
    const bool known = !outbox.of_event(*finding.card).empty();
    outbox.withdraw(*finding.card, now_);
    if (known && outbox.of_event(*finding.card).empty()) {
        findings_.forget_card(*finding.card);
    }
}

void Telling::take_back_what_is_left_over(const std::string& kpi_code) {
    if (announcer_ == nullptr) {
        return;
    }
    for (const model::Finding& finding : findings_.with_stale_card(kpi_code)) {
        take_back(finding, Why::DataOrRule);
    }
}

void Telling::correct(std::int64_t finding_id) {
    const model::Finding finding = findings_.find(finding_id).value();
    if (announcer_ != nullptr && is_own_card(finding) &&
        !store::OutboxRepository(connection_).of_event(*finding.card).empty()) {
        warn(finding_id);
    }
}

void Telling::warn_of_the_left() {
    for (const auto& [month, id] : left_) {
        const model::Finding finding = findings_.find(id).value();
        if (finding.level == model::FindingLevel::Warning && finding.state == "raised") {
            warn(id);
        }
    }
    left_.clear();
}

void Telling::digest(base::Date period, std::int64_t watches, double by_chance) {
    if (announcer_ != nullptr) {
        add(announcer_->digest(connection_, period, watches, by_chance, now_));
    }
}

void Telling::add(Announced announced) {
    told_.rows += announced.rows;
    for (UnbuiltCard& card : announced.unbuilt) {
        told_.unbuilt.push_back(std::move(card));
    }
}

}  // namespace hrbridge::pip
