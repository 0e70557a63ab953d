#include "daemon/web/reason_text.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "daemon/base/yaml.h"

namespace hrbridge::web {
namespace {

std::string source(const std::string& path) {
    std::ifstream file(std::string(HRBRIDGE_SOURCE_DIR) + "/" + path, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Statement {
    std::string code;  // literals emptied
    std::vector<std::string> literals;
};

// The literal whose opening quote is at `at`; `at` moves behind its end.
std::string take_literal(const std::string& code, std::size_t& at) {
    std::string text;
    for (++at; code[at] != '"'; ++at) {
        at += code[at] == '\\' ? 1U : 0U;
        text += code[at];
    }
    ++at;
    return text;
}

// The statements of a source file. Literals with only blanks between them are one.
std::vector<Statement> statements(const std::string& code) {
    std::vector<Statement> all(1);
    bool follows = false;
    for (std::size_t at = 0; at < code.size();) {
        if (code.compare(at, 2, "//") == 0) {
            at = code.find('\n', at);
        } else if (code[at] == '"' && code.compare(at - 1, 3, "'\"'") != 0) {
            const std::string literal = take_literal(code, at);
            if (follows) {
                all.back().literals.back() += literal;
            } else {
                all.back().literals.push_back(literal);
            }
            follows = true;
        } else {
            follows = follows && (code[at] == ' ' || code[at] == '\n');
            all.back().code += code[at];
            if (code[at] == ';') {
                all.emplace_back();
            }
            ++at;
        }
    }
    return all;
}

// The literals that read as sentences, but for those of faults in a mapping and of faults in the
// program; with `marker`, only those of statements that have it.
std::vector<std::string> sentences(const std::string& path, const std::string& marker = "") {
    std::vector<std::string> found;
    for (const Statement& each : statements(source(path))) {
        const bool other = each.code.find("throw ") != std::string::npos ||
                           each.code.find("Fault{") != std::string::npos ||
                           each.code.find("base::Fault ") != std::string::npos;
        if (other || each.code.find(marker) == std::string::npos) {
            continue;
        }
        for (const std::string& literal : each.literals) {
            const bool words = std::any_of(
                literal.begin(), literal.end(), [](char c) { return c >= 'a' && c <= 'z'; });
            if (words && literal.find(' ') != std::string::npos) {
                found.push_back(literal);
            }
        }
    }
    EXPECT_FALSE(found.empty()) << path << " has no reasons any more; correct this test";
    return found;
}

bool is_translated(const std::string& reason) {
    return reason_text("zh", reason) != reason;
}

// Whether a template has the text between its placeholders.
bool is_in_a_template(const std::string& literal) {
    static const auto kDocument = base::parse_yaml(source("daemon/web/assets/reasons.zh.yaml"), "");
    return std::any_of(
        kDocument->entries.begin(), kDocument->entries.end(), [&](const auto& entry) {
            return entry.first.find(literal) != std::string::npos;
        });
}

std::string show(const std::string& yaml, const std::string& reason) {
    const auto catalogue =
        ReasonCatalogue::parse("'the value': 该值\n'\"{}\"': '“{}”'\n" + yaml, "r");
    return catalogue ? catalogue->show(reason) : catalogue.fault().what;
}

TEST(ReasonText, ShowsAReasonInChineseAndKeepsWhatVaries) {
    EXPECT_EQ(reason_text("zh", "\"9\" is not in the code list"), "“9”不在代码表中");
    EXPECT_EQ(reason_text("zh", "the value is not in the code list"), "该值不在代码表中");
    EXPECT_EQ(reason_text("zh", "the value is below 0"), "该值小于下限 0");
    EXPECT_EQ(reason_text("zh", "operation with this code does not exist"),
              "operation 中没有对应此 code 的记录");
    EXPECT_EQ(reason_text("zh",
                          "column cPsn_Name: the byte at offset 2 begins nothing that the source's "
                          "charset defines"),
              "列 cPsn_Name：从字节偏移 2 开始的内容在来源字符集中没有定义");
    EXPECT_EQ(reason_text("zh", "people.csv:7: the record has 3 fields, not 4"),
              "people.csv:7：记录有 3 个字段，应为 4 个");
}

TEST(ReasonText, ShowsARulesOwnTextAndOtherLanguagesAsTheyAre) {
    EXPECT_EQ(reason_text("zh", "离职日期早于入职日期"), "离职日期早于入职日期");
    EXPECT_EQ(reason_text("zh", "a <= b"), "a <= b");
    EXPECT_EQ(reason_text("zh", ""), "");
    EXPECT_EQ(reason_text("en", "the value is below 0"), "the value is below 0");
}

TEST(ReasonText, MatchesTheReasonWhole) {
    EXPECT_EQ(show("'is {} here': 在{}", "is it here"), "在it");
    EXPECT_EQ(show("'is {} here': 在{}", "it is it here"), "it is it here");
    EXPECT_EQ(show("'is {} here': 在{}", "is it here not"), "is it here not");
    EXPECT_EQ(show("'a b': 甲", "a b c"), "a b c");
}

TEST(ReasonText, LeavesNoPlaceholderEmptyButAValueInQuotes) {
    EXPECT_EQ(show("'is {}': 是{}", "is "), "is ");
    EXPECT_EQ(show("'{}:{}: x': '{}:{}乙'", ":1: x"), ":1: x");
    EXPECT_EQ(show("'{}:{}: x': '{}:{}乙'", "f:: x"), "f:: x");
    EXPECT_EQ(show("'the value is odd': 该值为奇数", "\"\" is odd"), "“”为奇数");
    EXPECT_EQ(show("'the value misses {}': 该值缺少{}", "\"\" misses "), "\"\" misses ");
}

TEST(ReasonText, PrefersTheTemplateWithTheMostLiteralText) {
    const std::string yaml = "'no {}': 无{}\n'no {} at all': 完全无{}\n";

    EXPECT_EQ(show(yaml, "no one at all"), "完全无one");
    EXPECT_EQ(show(yaml, "no one"), "无one");
}

TEST(ReasonText, TakesAValueThatLooksLikeAReasonForAValue) {
    EXPECT_EQ(reason_text("zh", "\"the value is below {}\" is no date with a time"),
              "“the value is below {}”不是带时刻的日期");
    EXPECT_EQ(reason_text("zh", "\"a\" is not in the code list\" is not in the code list"),
              "“a\" is not in the code list”不在代码表中");
}

TEST(ReasonText, RefusesATranslationThatLosesAPart) {
    EXPECT_FALSE(
        ReasonCatalogue::parse("'the value': 该值\n'\"{}\"': '“{}”'\n'{} a {}': '{} 甲'", "r"));
    EXPECT_FALSE(
        ReasonCatalogue::parse("'the value': 该值\n'\"{}\"': '“{}”'\n'the value is x': 错", "r"));
    EXPECT_FALSE(ReasonCatalogue::parse("'the value is x': 该值是", "r"));
}

TEST(ReasonText, KnowsEveryReasonOfTheChecks) {
    for (const std::string& reason : sentences("mappings/engine/checks.cpp")) {
        EXPECT_TRUE(is_translated(reason)) << reason;
    }
}

TEST(ReasonText, KnowsEveryReasonOfConversionsAndStepsInBothForms) {
    for (const char* file : {"convert.cpp", "step_text.cpp", "step_values.cpp"}) {
        for (const std::string& reason : sentences(std::string("mappings/engine/") + file)) {
            const bool of_a_column = reason.find("column ") == 0 || reason.find(" cannot be") == 0;
            EXPECT_TRUE(of_a_column ? is_in_a_template(reason)
                                    : is_translated("the value " + reason) &&
                                          is_translated("\"9\" " + reason))
                << file << ": " << reason;
        }
    }
}

// Two steps return the problems of identity numbers as if they were their own.
TEST(ReasonText, KnowsTheProblemsOfIdentityNumbersInStepsToo) {
    for (const std::string& reason : sentences("mappings/engine/checks.cpp")) {
        if (reason.find("identity number") != std::string::npos) {
            EXPECT_TRUE(is_translated("the value " + reason)) << reason;
            EXPECT_TRUE(is_translated("\"11010119900307123X\" " + reason)) << reason;
        }
    }
}

TEST(ReasonText, KnowsEveryReasonOfFieldsRecordsAndReferences) {
    for (const auto& [file, marker] : std::vector<std::pair<std::string, std::string>>{
             {"mappings/engine/field_plan.cpp", "fail("},
             {"mappings/engine/field_plan.cpp", "fail_plain("},
             {"mappings/engine/field_plan.cpp", "reason_ ="},
             {"mappings/engine/mapper.cpp", "push_back("},
             {"daemon/store/merge_rejects.cpp", "reason ="}}) {
        for (const std::string& reason : sentences(file, marker)) {
            EXPECT_TRUE(is_in_a_template(reason)) << file << ": " << reason;
        }
    }
}

TEST(ReasonText, KnowsEveryReasonOfALineOfATerminal) {
    std::size_t known = 0;
    for (const char* marker : {"return", "problem ="}) {
        for (const std::string& reason : sentences("connectors/iclock/attlog.cpp", marker)) {
            EXPECT_TRUE(is_translated("CKUG194560123: " + reason)) << reason;
            ++known;
        }
    }
    EXPECT_GE(known, 10U);
}

TEST(ReasonText, KnowsEveryReasonOfACellOfAWorkbook) {
    std::size_t known = 0;
    for (const auto& [file, marker] :
         {std::pair{"connectors/file/xlsx_cell.cpp", "return {"},
          std::pair{"connectors/file/xlsx_cell.cpp", "kTooManyDigits ="},
          std::pair{"connectors/file/xlsx_file.cpp", "return {"}}) {
        for (const std::string& reason : sentences(file, marker)) {
            EXPECT_TRUE(is_translated("people.xlsx:12: B12: " + reason)) << reason;
            ++known;
        }
    }
    EXPECT_GE(known, 8U);
}

TEST(ReasonText, KnowsEveryReasonOfACsvRecord) {
    std::vector<std::string> reasons = sentences("connectors/file/csv_parser.cpp", "break_off(");
    for (const auto& [file, marker] :
         {std::pair{"connectors/file/file_source.cpp", "problem ="},
          std::pair{"connectors/file/csv_file.cpp", "kBrokenLine ="}}) {
        for (const std::string& each : sentences(file, marker)) {
            reasons.push_back(each);
        }
    }
    for (const std::string& reason : reasons) {
        EXPECT_TRUE(is_translated("people.csv:12: " + reason)) << reason;
    }
}

}  // namespace
}  // namespace hrbridge::web
