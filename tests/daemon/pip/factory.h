#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/pip/evaluator.h"
#include "daemon/pip/months.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::pip {

// A plant on both stores: people in teams, what they made and what went wrong, in months of 2024.
// `clock_` stands at the middle of May 2024, so that April is the newest closed month.
class Factory : public store::BothStores {
  protected:
    static base::Date day(const std::string& text) { return *base::parse_date(text); }

    void SetUp() override {
        BothStores::SetUp();
        clock_.step_to(base::Timestamp(std::chrono::sys_days(day("2024-05-15"))));
        for (const char* code : {"OP010", "OP020"}) {
            operations_[code] = add_operation(code, "production");
        }
        operations_["QC900"] = add_operation("QC900", "inspection");
        announcer_.receivers = {"hr01"};
        announcer_.build = [this](const CardText& card, const std::string& receiver) {
            return build(card, receiver);
        };
        policy_.defect_level.over_dispersion = false;
    }

    // In `team` from 2020 on; gives the spell.
    std::int64_t add_person(const std::string& number,
                            const std::string& team,
                            const std::string& name = "张三") {
        connection_->execute(
            "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) "
            "VALUES ($1, $2, $3, 1, $4)",
            {number, name, hash(), clock_.now()});
        connection_->execute(
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
            "batch_id, known_from) VALUES ($1, $2, 'permanent', $3, $4, 1, $5)",
            {number, one("SELECT max(id) FROM person"), day("2019-03-01"), hash(), clock_.now()});
        const auto spell = std::get<std::int64_t>(one("SELECT max(id) FROM employment_spell"));
        if (!team.empty()) {
            connection_->execute(
                "INSERT INTO assignment (spell_id, org_unit_id, job, job_kind, valid_from, "
                "row_hash, batch_id, known_from) VALUES ($1, $2, '车工', 'production', $3, $4, 1, "
                "$5)",
                {spell, unit(team), day("2020-01-01"), hash(), clock_.now()});
        }
        return spell;
    }

    // `bad` of `made` pieces on the 10th of the month, charged to the maker, found by nobody known.
    void work(std::int64_t spell,
              const std::string& month,
              std::int64_t made,
              std::int64_t bad,
              const std::string& operation = "OP010") {
        report(spell, month + "-10", {made - bad, bad, 0}, operation);
        if (bad > 0) {
            defect(spell, month, bad, operation);
        }
    }

    struct Made {
        std::int64_t good = 0;
        std::int64_t scrap = 0;
        std::int64_t rework = 0;
        std::optional<std::int64_t> target = {};
    };
    void report(std::int64_t spell,
                const std::string& date,
                const Made& made,
                const std::string& operation = "OP010") {
        connection_->execute(
            "INSERT INTO production_fact (fact_no, spell_id, operation_id, work_date, qty_good, "
            "qty_scrap, qty_rework, qty_target, row_hash, batch_id, known_from) VALUES ($1, $2, "
            "$3, $4, $5, $6, $7, $8, $9, 1, $10)",
            {"R" + std::to_string(++reports_),
             spell,
             operations_.at(operation),
             day(date),
             made.good,
             made.scrap,
             made.rework,
             made.target ? base::Value{*made.target} : base::Value{},
             hash(),
             clock_.now()});
    }

    // One that `finder` found at the final inspection; made by `maker`, or by nobody known (0).
    void found_defect(std::int64_t finder,
                      std::int64_t maker,
                      const std::string& made_on,
                      std::int64_t pieces,
                      const std::string& operation = "OP010") {
        connection_->execute(
            "INSERT INTO defect (defect_no, found_at, made_date, finder_spell_id, "
            "found_operation_id, responsible_spell_id, responsible_operation_id, qty, attribution, "
            "disposition, row_hash, batch_id, known_from) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
            "$9, 'scrap', $10, 1, $2)",
            {"D" + std::to_string(++defects_),
             clock_.now(),
             day(made_on),
             finder,
             operations_.at("QC900"),
             maker == 0 ? base::Value{} : base::Value{maker},
             maker == 0 ? base::Value{} : base::Value{operations_.at(operation)},
             pieces,
             std::string(maker == 0 ? "none" : "routing"),
             hash()});
    }

    // To `team` from `date` on; the assignment before ends there.
    void move(std::int64_t spell, const std::string& team, const std::string& date) {
        connection_->execute(
            "UPDATE assignment SET valid_to = $2 WHERE spell_id = $1 AND valid_to IS NULL",
            {spell, day(date)});
        connection_->execute(
            "INSERT INTO assignment (spell_id, org_unit_id, job, job_kind, valid_from, row_hash, "
            "batch_id, known_from) VALUES ($1, $2, '车工', 'production', $3, $4, 1, $5)",
            {spell, unit(team), day(date), hash(), clock_.now()});
    }

    // Gives the defect's number.
    std::string defect(std::int64_t spell,
                       const std::string& month,
                       std::int64_t pieces,
                       const std::string& operation,
                       const std::string& cause = {}) {
        const std::string number = "D" + std::to_string(++defects_);
        connection_->execute(
            "INSERT INTO defect (defect_no, found_at, made_date, responsible_spell_id, "
            "responsible_operation_id, cause_code_id, qty, attribution, disposition, row_hash, "
            "batch_id, known_from) VALUES ($1, $2, $3, $4, $5, $6, $7, 'routing', 'scrap', $8, 1, "
            "$2)",
            {number,
             clock_.now(),
             day(month + "-10"),
             spell,
             operations_.at(operation),
             cause.empty() ? base::Value{} : base::Value{causes_.at(cause)},
             pieces,
             hash()});
        return number;
    }

    void add_cause(const std::string& code, const std::string& name) {
        connection_->execute(
            "INSERT INTO cause_code (code, name, class, controllable, row_hash, "
            "batch_id, known_from) VALUES ($1, $2, 'man', 'yes', $3, 1, $4)",
            {code, name, hash(), clock_.now()});
        causes_[code] = std::get<std::int64_t>(one("SELECT max(id) FROM cause_code"));
    }

    // Nine people at 3 % of 1,000 pieces in each of the months; gives their spells.
    std::vector<std::int64_t> add_peers(const std::string& team,
                                        const std::vector<std::string>& months) {
        std::vector<std::int64_t> peers;
        for (int i = 0; i < 9; ++i) {
            peers.push_back(add_person(team + "P" + std::to_string(i), team));
            for (const std::string& month : months) {
                work(peers.back(), month, 1000, 30);
            }
        }
        return peers;
    }

    EvaluationReport evaluate_now() {
        return evaluate({*connection_,
                         policy_,
                         *base::Zone::find("Asia/Shanghai"),
                         clock_.now(),
                         tells_ ? &announcer_ : nullptr,
                         fed_by_});
    }

    std::vector<model::OutboxEvent> outbox(const std::string& kind) {
        std::vector<model::OutboxEvent> events;
        for (model::OutboxEvent& event : store::OutboxRepository(*connection_).list("", 1000)) {
            if (event.kind == kind) {
                events.push_back(std::move(event));
            }
        }
        return events;
    }

    base::Bytes hash() {
        ++hashes_;
        std::string bytes(16, '\0');
        for (std::size_t i = 0; i < 8; ++i) {
            bytes[i] = static_cast<char>((hashes_ >> (8 * i)) & 0xFFU);
        }
        return base::Bytes{bytes};
    }

    // As the platform's builder: refuses control characters.
    base::Result<std::string> build(const CardText& card, const std::string& receiver) {
        cards_.push_back(card);
        for (const std::string& text : {card.title, card.description, card.text}) {
            for (const char c : text) {
                if (static_cast<unsigned char>(c) < 0x20U) {
                    return base::Fault{"message.description", "holds control characters"};
                }
            }
        }
        if (refuse_cards_) {
            return base::Fault{"message.userid", "must have 1 to 64 bytes, has 0"};
        }
        return receiver + "|" + card.title + "|" + card.description + "|" + card.emphasis + "|" +
               card.text;
    }

    Policy policy_;
    Announcer announcer_;
    std::vector<CardText> cards_;  // that were to be built
    bool refuse_cards_ = false;
    bool tells_ = true;  // there is somebody who can be told
    std::vector<std::string> fed_by_;

  private:
    std::int64_t add_operation(const std::string& code, const std::string& kind) {
        connection_->execute(
            "INSERT INTO operation (code, name, kind, row_hash, batch_id, "
            "known_from) VALUES ($1, $1, $2, $3, 1, $4)",
            {code, kind, hash(), clock_.now()});
        return std::get<std::int64_t>(one("SELECT max(id) FROM operation"));
    }
    std::int64_t unit(const std::string& code) {
        const auto known = units_.find(code);
        if (known != units_.end()) {
            return known->second;
        }
        connection_->execute(
            "INSERT INTO org_unit (code, name, kind, row_hash, batch_id, "
            "known_from) VALUES ($1, $1, 'team', $2, 1, $3)",
            {code, hash(), clock_.now()});
        return units_[code] = std::get<std::int64_t>(one("SELECT max(id) FROM org_unit"));
    }

    std::map<std::string, std::int64_t> operations_;
    std::map<std::string, std::int64_t> causes_;
    std::map<std::string, std::int64_t> units_;
    std::uint64_t hashes_ = 0;
    int reports_ = 0;
    int defects_ = 0;
};

}  // namespace hrbridge::pip
