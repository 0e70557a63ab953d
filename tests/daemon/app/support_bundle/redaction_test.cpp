#include "daemon/app/support/redaction.h"

#include <gmock/gmock.h>

namespace hrbridge::app::support {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

base::YamlNode yaml(const std::string& text) {
    return base::parse_yaml(text, "hrbridge.yaml").value();
}

TEST(Redaction, KeepsHowSomethingIsSetAndRemovesWhoWhereAndByWhichSecret) {
    EXPECT_EQ(redacted(yaml("store: {kind: postgres, connection: host=db.example user=anna}\n"
                            "seal_keys: {credential: my_keys}\n"
                            "mappings: [mappings/erp, /home/anna/mappings]\n"
                            "retention: {runs_days: 400}\n"
                            "backup: {schedule: '40 2 * * *'}\n")),
              "store:\n"
              "  kind: \"postgres\"\n"
              "  connection: \"(removed)\"\n"
              "seal_keys:\n"
              "  credential: \"(removed)\"\n"
              "mappings:\n"
              "  - \"mappings/erp\"\n"
              "  - \"(removed)\"\n"
              "retention:\n"
              "  runs_days: \"400\"\n"
              "backup:\n"
              "  schedule: \"40 2 * * *\"\n");
}

TEST(Redaction, RemovesWhatStandsUnderAKeyThatItDoesNotKnow) {
    EXPECT_THAT(
        redacted(yaml("sources: {erp: {kind: odbc, attributes: {PWD: 123456}, pasword: s3cret}}")),
        AllOf(HasSubstr("PWD: \"(removed)\""),
              HasSubstr("pasword: \"(removed)\""),
              Not(HasSubstr("123456")),
              Not(HasSubstr("s3cret"))));
}

TEST(Redaction, RemovesASecretThatBecameAKeyAndOneUnderAHarmlessKey) {
    EXPECT_THAT(redacted(yaml("seal_keys: {s3cret}\nlog_level: 'k1:AA+b/c=='\n")),
                Not(testing::ContainsRegex("s3cret|AA")));
}

TEST(Redaction, FindsTheNamesOfMachinesLoginsAndReceiversButNotThoseOfSources) {
    const auto names =
        names_in(yaml("store: {connection: host=db1.example port=5432 user=anna}\n"
                      "wecom: {page_url: 'https://hr.example:8443/x', hr_receivers: [li4]}\n"
                      "sources: {erp: {host: erp, user: 张三}}\n"));
    EXPECT_THAT(names, UnorderedElementsAre("db1.example", "anna", "hr.example", "li4", "张三"));
}

TEST(Redaction, TakesNamesAndAddressesOutOfATextAndLeavesOtherWords) {
    const std::set<std::string> names{"db1.example", "anna", "张三"};
    EXPECT_EQ(
        without(
            names, "anna@db1.example:5432 (10.1.2.3, fe80::1). annabel db1.example.", Form::Plain),
        "(removed)@(removed):5432 ((address), (address)). annabel (removed).");
    EXPECT_EQ(without(names, "127.0.0.1 ::1 1.2.3 12:30:05 用户张三", Form::Plain),
              "127.0.0.1 ::1 1.2.3 12:30:05 用户(removed)");
}

TEST(Redaction, KnowsThatALetterBehindABackslashIsNoPartOfAWordInJson) {
    const std::set<std::string> names{"db1", "anna"};
    EXPECT_EQ(without(names, R"x("failed:\ndb1 \"anna\" D\\anna")x", Form::Json),
              R"x("failed:\n(removed) \"(removed)\" D\\(removed)")x");
    EXPECT_EQ(without(names, R"x(D\anna)x", Form::Plain), R"x(D\(removed))x");
}

}  // namespace
}  // namespace hrbridge::app::support
