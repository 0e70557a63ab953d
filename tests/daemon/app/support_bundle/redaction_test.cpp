#include "daemon/app/support/redaction.h"

#include <gmock/gmock.h>

namespace hrbridge::app::support {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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

TEST(Redaction, KeepsSwitchesAndTermsWhateverTheirKey) {
    EXPECT_EQ(redacted(yaml("wecom: {login: true}\n"
                            "web: {session_idle_minutes: 30, strict_transport_days: 0}\n"
                            "store: {replica: {most_lag_s: 5}}\n")),
              "wecom:\n"
              "  login: \"true\"\n"
              "web:\n"
              "  session_idle_minutes: \"30\"\n"
              "  strict_transport_days: \"0\"\n"
              "store:\n"
              "  replica:\n"
              "    most_lag_s: \"5\"\n");
}

}  // namespace
}  // namespace hrbridge::app::support
