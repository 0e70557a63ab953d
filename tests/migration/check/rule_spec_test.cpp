#include "migration/check/rule_spec.h"

#include <gmock/gmock.h>

namespace hrbridge::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

struct Parsed {
    std::vector<RuleSpec> rules;
    base::Faults faults;
};

Parsed parse(const std::string& text) {
    Parsed out;
    const auto document = base::parse_yaml("rules:\n" + text, "migration.yaml");
    EXPECT_TRUE(document.ok());
    out.rules = parse_rules(*document->find("rules"), out.faults);
    return out;
}

// What the one rule of line 2 is refused for.
std::string fault_of(const std::string& rule) {
    const Parsed parsed = parse("- {id: K1, entity: assignment, " + rule + "}\n");
    EXPECT_THAT(parsed.rules, SizeIs(0)) << rule;
    EXPECT_GE(parsed.faults.size(), 1U) << rule;
    if (parsed.faults.empty()) {
        return {};
    }
    EXPECT_THAT(parsed.faults.front().where, HasSubstr("migration.yaml:2")) << rule;
    return parsed.faults.front().what;
}

TEST(RuleSpecs, AreReadInAllTheirForms) {
    const Parsed parsed = parse(
        "- {id: K1, entity: a, row: 'x > 1', 'null': fail, say: why}\n"
        "- {id: K2, entity: a, unique: [x, y], where: 'x > 1'}\n"
        "- {id: K3, entity: a, reference: x}\n"
        "- {id: K4, entity: a, reference: x -> b.code, day: d, within: [f, t], end_counts: true, "
        "'null': fail}\n"
        "- {id: K5, entity: a, acyclic: x -> y, valid: [f, t]}\n"
        "- {id: K6, entity: a, no_overlap: [x], valid: [f, t], end_counts: true}\n"
        "- {id: K7, entity: a, no_gap: x, valid: [f, t]}\n"
        "- {id: K8, entity: a, balance: {group: [x], of: [count(*), count(y), sum(y), min(d), "
        "max(d)], tolerance: 0.1%}}\n"
        "- {id: K9, entity: a, volume: {rows_vs_last_run: [-5%, +10.5%]}}\n");

    ASSERT_THAT(parsed.faults, SizeIs(0)) << parsed.faults.front().what;
    ASSERT_THAT(parsed.rules, SizeIs(9));
    EXPECT_EQ(std::get<RowForm>(parsed.rules[0].form).predicate, "x > 1");
    EXPECT_TRUE(parsed.rules[0].null_fails);
    EXPECT_EQ(parsed.rules[0].say, "why");
    EXPECT_EQ(parsed.rules[0].line, 2);
    EXPECT_THAT(std::get<UniqueForm>(parsed.rules[1].form).fields, ElementsAre("x", "y"));
    EXPECT_EQ(parsed.rules[1].where, "x > 1");
    EXPECT_FALSE(std::get<ReferenceForm>(parsed.rules[2].form).parent);
    const auto& reference = std::get<ReferenceForm>(parsed.rules[3].form);
    EXPECT_EQ(reference.field, "x");
    EXPECT_EQ(reference.parent->entity, "b");
    EXPECT_EQ(reference.day, "d");
    EXPECT_TRUE(reference.within->to_counts);
    const auto& acyclic = std::get<AcyclicForm>(parsed.rules[4].form);
    EXPECT_EQ(acyclic.child + acyclic.parent + acyclic.valid->from, "xyf");
    EXPECT_TRUE(std::get<SpansForm>(parsed.rules[5].form).valid.to_counts);
    EXPECT_TRUE(std::get<SpansForm>(parsed.rules[6].form).gaps);
    const auto& balance = std::get<BalanceForm>(parsed.rules[7].form);
    ASSERT_THAT(balance.of, SizeIs(5));
    EXPECT_EQ(to_string(balance.of[2]), "sum(y)");
    EXPECT_TRUE(balance.percent);
    EXPECT_EQ(balance.tolerance, base::Decimal(1, 1));
    const auto& volume = std::get<VolumeForm>(parsed.rules[8].form);
    EXPECT_EQ(volume.low, base::Decimal(-5, 0));
    EXPECT_EQ(volume.high, base::Decimal(105, 1));
}

TEST(RuleSpecs, SayWithTheLineWhatIsWrong) {
    EXPECT_THAT(fault_of("say: x"), HasSubstr("exactly one of row"));
    EXPECT_THAT(fault_of("row: x, unique: [x]"), HasSubstr("exactly one of row"));
    EXPECT_THAT(fault_of("unik: [x], row: x"), HasSubstr("unique"));
    EXPECT_THAT(fault_of("acyclic: x"), HasSubstr("child -> parent"));
    EXPECT_THAT(fault_of("acyclic: 'x -> drop table'"), HasSubstr("child -> parent"));
    EXPECT_THAT(fault_of("no_overlap: [x]"), HasSubstr("valid_from"));
    EXPECT_THAT(fault_of("no_overlap: [x], valid: [f]"), HasSubstr("valid_from"));
    EXPECT_THAT(fault_of("reference: x, day: d"), HasSubstr("belong together"));
    EXPECT_THAT(fault_of("reference: x, within: [f, t]"), HasSubstr("belong together"));
    EXPECT_THAT(fault_of("reference: x -> nothing"), HasSubstr("entity.column"));
    EXPECT_THAT(fault_of("balance: {of: [avg(x)]}"), HasSubstr("is none of count(*)"));
    EXPECT_THAT(fault_of("balance: {of: [count(*)], tolerance: -1}"), HasSubstr("from 0"));
    EXPECT_THAT(fault_of("balance: {of: []}"), HasSubstr("what must balance"));
    EXPECT_THAT(fault_of("volume: {rows_vs_last_run: [10%, -5%]}"), HasSubstr("[-5%, +10%]"));
    EXPECT_THAT(fault_of("volume: {rows_vs_last_run: [5, 6]}"), HasSubstr("[-5%, +10%]"));
    EXPECT_THAT(fault_of("row: x, where: y"), HasSubstr("where: restricts"));
    EXPECT_THAT(fault_of("row: x, valid: [f, t]"), HasSubstr("does not belong"));
    EXPECT_THAT(fault_of("unique: [x], 'null': fail"), HasSubstr("null: belongs"));
}

TEST(RuleSpecs, NameTheLineOfAnIdThatComesTwice) {
    const Parsed parsed =
        parse("- {id: K1, entity: a, row: x}\n- {id: K1, entity: a, unique: [x]}\n");
    ASSERT_THAT(parsed.faults, SizeIs(1));
    EXPECT_THAT(parsed.faults[0].where, HasSubstr("migration.yaml:3"));
    EXPECT_THAT(parsed.faults[0].what, HasSubstr("line 2"));
}

TEST(RuleSpecs, ComeFromTheRunRulesOfAMapping) {
    engine::Mapping mapping;
    mapping.entity = "org_unit";
    const auto settings = base::parse_yaml("code -> parent_id", "m.yaml");
    const auto rule =
        run_rule_spec(mapping, {"L05", "acyclic", engine::Severity::Stop, "s", *settings, 7});
    ASSERT_TRUE(rule.ok());
    EXPECT_EQ(rule->entity, "org_unit");
    EXPECT_EQ(std::get<AcyclicForm>(rule->form).parent, "parent_id");
    const auto wrong =
        run_rule_spec(mapping, {"L06", "balance", engine::Severity::Stop, "s", *settings, 7});
    EXPECT_FALSE(wrong.ok());
}

}  // namespace
}  // namespace hrbridge::check
