#include "daemon/app/support/names.h"

#include <array>

#include <gmock/gmock.h>
#include <unistd.h>

#include "connectors/file/record_file.h"
#include "daemon/app/support/words.h"
#include "daemon/base/text.h"

namespace hrbridge::app::support {
namespace {

using testing::UnorderedElementsAre;

base::YamlNode yaml(const std::string& text) {
    return base::parse_yaml(text, "hrbridge.yaml").value();
}

TEST(Names, AreThoseOfMachinesLoginsAndReceiversButNotThoseOfSources) {
    const auto names =
        names_in(yaml("store: {connection: host=db1.example port=5432 user=anna}\n"
                      "wecom: {page_url: 'https://hr.example:8443/x', hr_receivers: [li4]}\n"
                      "sources: {erp: {host: erp, user: 张三}}\n"));
    EXPECT_THAT(names, UnorderedElementsAre("db1.example", "anna", "hr.example", "li4", "张三"));
}

TEST(Names, LeaveATextWithTheAddressesAndOtherWordsStay) {
    const std::set<std::string> names{"db1.example", "anna", "张三"};
    EXPECT_EQ(
        without(
            names, "anna@db1.example:5432 (10.1.2.3, fe80::1). annabel db1.example.", Form::Plain),
        "(removed)@(removed):5432 ((address), (address)). annabel (removed).");
    EXPECT_EQ(without(names, "127.0.0.1 ::1 1.2.3 12:30:05 用户张三", Form::Plain),
              "127.0.0.1 ::1 1.2.3 12:30:05 用户(removed)");
}

TEST(Names, DoNotBeginWithALetterBehindABackslashInJson) {
    const std::set<std::string> names{"db1", "anna"};
    EXPECT_EQ(without(names, R"x("failed:\ndb1 \"anna\" D\\anna")x", Form::Json),
              R"x("failed:\n(removed) \"(removed)\" D\\(removed)")x");
    EXPECT_EQ(without(names, R"x(D\anna)x", Form::Plain), R"x(D\(removed))x");
}

TEST(Names, AreThoseOfFoldersDatabasesAndDataSourcesToo) {
    EXPECT_THAT(
        names_in(yaml("sources:\n"
                      "  a: {folder: /srv/export/zhang_san, database: U8DATA, dsn: Payroll}\n"
                      "  b: {path: '/mnt/人事部/mes.db', attributes: {DBQ: 'D:\\kq\\attend.mdb'}}\n"
                      "  c: {auth: {key_id: client7}}\n"
                      "wecom: {login: {inside: 'https://in.example/connect/oauth2/authorize',\n"
                      "                browser: 'https://out.example/wwlogin/sso/login'}}\n")),
        UnorderedElementsAre("zhang_san",
                             "u8data",
                             "payroll",
                             "人事部",
                             "mes.db",
                             "attend.mdb",
                             "client7",
                             "in.example",
                             "out.example"));
}

TEST(Names, OfTwoLettersAreWholeWords) {
    const auto names = names_in(yaml("sources: {a: {user: sa, host: db}}\n"));
    EXPECT_THAT(names, UnorderedElementsAre("sa", "db"));
    EXPECT_EQ(without(names, "sa at db:5432 says: usage of dbo.sale", Form::Plain),
              "(removed) at (removed):5432 says: usage of dbo.sale");
}

TEST(Names, HaveNoCase) {
    const auto names =
        names_in(yaml("sources: {a: {host: ERP.Example, user: Anna, dsn: 人事HR}}\n"));
    EXPECT_EQ(without(names, "erp.example ANNA Erp.EXAMPLE. 人事hr", Form::Plain),
              "(removed) (removed) (removed). (removed)");
}

TEST(Names, ArePartsOfAWordThatPointsOrColonsDivide) {
    const std::set<std::string> names{"u8", "anna", "db1.example"};
    EXPECT_EQ(without(names, "u8.person uid:anna host:db1.example:3306 u80.person", Form::Plain),
              "(removed).person uid:(removed) host:(removed):3306 u80.person");
    EXPECT_EQ(without(names, "peer:10.1.2.3:3306", Form::Plain), "peer:(address):3306");
}

TEST(Names, ThatBeginWithAnotherOneLeaveNothingBehind) {
    EXPECT_EQ(without({"张三", "张三丰", "lee", "张三lee"}, "张三丰 张三lee 张三", Form::Plain),
              "(removed) (removed) (removed)");
}

TEST(Names, OfMariadbsAccountsAndOfFilesNeedNotBeKnown) {
    EXPECT_EQ(without({},
                      "Access denied for user 'wang.wei'@'pc-17.corp' (using password: YES)",
                      Form::Plain),
              "Access denied for user '(removed)'@'(removed)' (using password: YES)");
    EXPECT_EQ(without({}, R"x({"error":"user ''@'pc 17', 'b c'@'%'"})x", Form::Json),
              R"x({"error":"user '(removed)'@'(removed)', '(removed)'@'(removed)'"})x");
    EXPECT_EQ(without({}, "Host 'pc-17.corp' is not allowed to connect", Form::Plain),
              "Host '(removed)' is not allowed to connect");
    EXPECT_EQ(without({}, file::named("张三_考勤.xlsx") + " is protected; don't", Form::Plain),
              "file '(removed)' is protected; don't");
}

TEST(Names, OfAFileLeaveALineThatWasCutWithinThem) {
    EXPECT_EQ(without({}, "no file '张三_考", Form::Plain), "no file '(removed)");
    EXPECT_EQ(without({}, R"x({"a":"no file '张三_考","b":"x"})x", Form::Json),
              R"x({"a":"no file '(removed)","b":"x"})x");
}

TEST(Names, OfThisMachineAreKnown) {
    std::array<char, 256> host{};
    ASSERT_EQ(::gethostname(host.data(), host.size() - 1), 0);
    EXPECT_THAT(names_of_machine(), testing::Contains(base::to_lower_ascii(host.data())));
}

}  // namespace
}  // namespace hrbridge::app::support
