#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "daemon/store/seal_place.h"
#include "mappings/engine/mapping.h"
#include "migration/check/scope.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::check {

// Control totals and volumes as a test states them.
struct StatedControls : ControlSource {
    std::map<std::string, std::vector<ControlTotal>> stated;  // by rule
    std::map<std::string, std::int64_t> rows;

    base::Result<std::vector<ControlTotal>> totals(const std::string&,
                                                   const RuleSpec& rule) override {
        const auto found = stated.find(rule.id);
        if (found == stated.end()) {
            return base::Fault{"", "nobody gave any"};
        }
        return found->second;
    }
    std::optional<std::int64_t> last_rows(const std::string& entity) override {
        const auto found = rows.find(entity);
        return found == rows.end() ? std::nullopt : std::optional(found->second);
    }
};

inline engine::Mapping shipped(const std::string& name) {
    auto loaded =
        engine::load_mapping(std::string(HRBRIDGE_SOURCE_DIR) + "/mappings/" + name + ".map.yaml");
    if (!loaded.mapping) {
        throw std::logic_error(loaded.faults.front().what);
    }
    return std::move(*loaded.mapping);
}

inline base::Date day(int number) {
    return base::Date(std::chrono::days(19'700 + number));
}

// A loaded store whose rows a test writes itself.
class CheckBench : public store::BothStores {
  protected:
    using Cells = std::vector<std::pair<std::string, base::Value>>;

    void SetUp() override {
        BothStores::SetUp();
        connection_->run_script(is_postgres() ? "SET synchronous_commit = off"
                                              : "PRAGMA synchronous = OFF");
    }

    std::int64_t add(const std::string& entity, Cells cells) {
        cells.insert(cells.end(),
                     {{"row_hash", base::Bytes{"0123456789abcdef"}},
                      {"batch_id", std::int64_t{1}},
                      {"known_from", clock_.now()}});
        std::string names;
        std::string places;
        std::vector<base::Value> values;
        for (const auto& [name, value] : cells) {
            names += (names.empty() ? "" : ", ") + name;
            values.push_back(value);
            places += (places.empty() ? "$" : ", $") + std::to_string(values.size());
        }
        const auto rows = connection_->query(
            "INSERT INTO " + entity + " (" + names + ") VALUES (" + places + ") RETURNING id",
            values);
        rows->next();
        return rows->integer(0);
    }
    std::int64_t unit(const std::string& code, base::Value parent = {}) {
        return add("org_unit",
                   {{"code", code}, {"name", "部门"}, {"kind", "team"}, {"parent_id", parent}});
    }
    base::Value sealed(const std::string& place, const std::string& text) {
        return base::Bytes{keys_.seal(text, place)};
    }
    std::int64_t person(const std::string& no, const std::string& name, Cells more = {}) {
        more.insert(more.end(), {{"person_no", no}, {"name", name}});
        return add("person", more);
    }
    // A spell of a person of its own.
    std::int64_t spell(const std::string& no, Cells more = {}) {
        const bool dated =
            std::any_of(more.begin(), more.end(), [](auto& e) { return e.first == "hire_date"; });
        if (!dated) {
            more.emplace_back("hire_date", day(0));
        }
        more.insert(
            more.end(),
            {{"employee_no", no}, {"person_id", person(no, "王小明")}, {"kind", "permanent"}});
        return add("employment_spell", more);
    }
    std::int64_t assign(std::int64_t spell_id,
                        std::int64_t unit_id,
                        base::Date from,
                        base::Value to = {},
                        base::Value manager = {}) {
        return add("assignment",
                   {{"spell_id", spell_id},
                    {"org_unit_id", unit_id},
                    {"job", "装配工"},
                    {"job_kind", "production"},
                    {"manager_id", manager},
                    {"valid_from", from},
                    {"valid_to", to}});
    }
    void gone(const std::string& entity, std::int64_t id) {
        connection_->execute("UPDATE " + entity + " SET gone_at = $1 WHERE id = $2",
                             {clock_.now(), id});
    }

    Scope scope() {
        Scope scope{*connection_};
        scope.keys = &keys_;
        scope.module = "core_hr";
        for (const engine::Mapping& mapping : mappings_) {
            scope.mappings.push_back(&mapping);
        }
        scope.rules = rules_;
        scope.controls = &controls_;
        scope.examples = examples_;
        return scope;
    }
    // The verdict of one rule in YAML, without its id.
    Verdict logic(const std::string& rule) {
        base::Faults faults;
        const auto document = base::parse_yaml("- {id: K1, " + rule + "}", "migration.yaml");
        rules_ = parse_rules(document.value(), faults);
        EXPECT_TRUE(faults.empty()) << faults.front().what;
        for (const Verdict& verdict : check_logic(scope())) {
            if (verdict.rule == "K1") {
                return verdict;
            }
        }
        throw std::logic_error("no verdict");
    }
    Verdict contract(const std::string& entity, ContractForm form) {
        RuleSpec rule;
        rule.id = "V1";
        rule.entity = entity;
        rule.form = std::move(form);
        rules_ = {rule};
        for (const Verdict& verdict : check_format(scope())) {
            if (verdict.rule == "V1") {
                return verdict;
            }
        }
        throw std::logic_error("no verdict");
    }
    static std::vector<std::string> keys_of(const Verdict& verdict) {
        std::vector<std::string> keys;
        for (const Located& row : verdict.where) {
            keys.push_back(row.key);
        }
        return keys;
    }
    static std::string why(const Verdict& verdict) {
        return std::string(ledger::to_string(verdict.outcome)) + " " + verdict.why.code;
    }

    base::SealKeys keys_ = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
    std::vector<engine::Mapping> mappings_;
    std::vector<RuleSpec> rules_;
    StatedControls controls_;
    std::size_t examples_ = 20;
};

}  // namespace hrbridge::check
