#include "daemon/processing/register.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/support/catalogue.h"

namespace hrbridge::processing {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Register a_register() {
    Register all;
    all.product = "hrbridge 1";
    all.stated.controller = "示例制造 | 上海";
    all.stated.sources["erp"] = {"人事管理", "", "员工"};
    Activity people{"erp/person",
                    "person",
                    "15m",
                    {{"name", "name", true, false},
                     {"id_number", "high", true, true},
                     {"id_birth_date", "high", false, false}},
                    3,
                    90,
                    true,
                    true};
    all.sources = {{"erp", "mariadb", {people}}, {"mes", "odbc", {}}};
    all.periods = {{"audit", 3650}};
    all.measures = {"sealing", "loopback"};
    all.lacking = {"backup"};
    all.findings_every = "30 6 * * *";
    return all;
}

TEST(Register, TellsOfEachSourceWhatIsReadHowItIsKeptAndForHowLong) {
    const std::string text = to_markdown(a_register(), "zh");
    EXPECT_THAT(text,
                AllOf(HasSubstr("### 数据源 erp（mariadb）"),
                      HasSubstr("| 处理目的 | 人事管理 |"),
                      HasSubstr("name：姓名，明文保存<br>id_number：敏感，加密封存<br>"
                                "id_birth_date：敏感，只用于检查，不保存<br>另有 3 个未标记的字段"),
                      HasSubstr("结案后保留 90 天<br>旧版本一并保留<br>"),
                      HasSubstr("停用，不删除"),
                      HasSubstr("没有映射读取这个数据源。"),
                      HasSubstr("| 审计记录 | 3650 天 |"),
                      HasSubstr("没有按计划的备份")));
    EXPECT_THAT(to_markdown(a_register(), "en"),
                AllOf(HasSubstr("id_number: sensitive, sealed by encryption"),
                      HasSubstr("### Source mes (odbc)")));
}

TEST(Register, ShowsAsNotStatedWhatNobodyStated) {
    const std::string text = to_markdown(a_register(), "en");
    EXPECT_THAT(text,
                AllOf(HasSubstr("| Legal basis | not stated |"),
                      HasSubstr("| Data protection officer | not stated |"),
                      HasSubstr("| people and business data in the HR store | not stated |"),
                      HasSubstr("No recipient outside is configured.")));
    const auto json = nlohmann::json::parse(to_json(a_register()));
    EXPECT_TRUE(json.at("officer").is_null());
    EXPECT_TRUE(json.at("sources").at(0).at("legal_basis").is_null());
    EXPECT_TRUE(json.at("sources").at(1).at("purpose").is_null());
    EXPECT_EQ(json.at("sources").at(0).at("purpose"), "人事管理");
}

TEST(Register, KeepsAStatedTextInItsCell) {
    EXPECT_THAT(to_markdown(a_register(), "zh"), HasSubstr("| 示例制造 \\| 上海 |"));
}

TEST(Register, NamesWecomAsRecipientByAddressCompanyAndNumberOfReceivers) {
    Register all = a_register();
    all.recipients = {{"wecom", "https://qyapi.weixin.qq.com", "ww1", 2, true}};
    EXPECT_THAT(to_markdown(all, "zh"),
                AllOf(HasSubstr("企业微信（https://qyapi.weixin.qq.com，企业 ww1）"),
                      HasSubstr("2 位"),
                      HasSubstr("回传给本系统并封存"),
                      Not(HasSubstr("没有配置外部接收方"))));
}

TEST(Register, NamesWecomAsRecipientOfLoginsAndKeepsAddressesOfThoseThatBegan) {
    Register all = a_register();
    all.recipients = {{"wecom", "https://qyapi.weixin.qq.com", "ww1", 2, false, true}};
    EXPECT_THAT(to_markdown(all, "en"),
                AllOf(HasSubstr("- People log in to the pages with WeCom"),
                      HasSubstr("by password or with WeCom"),
                      HasSubstr("| logins with WeCom that began, with the address of the device | "
                                "until the login ends"),
                      Not(HasSubstr("People with local accounts"))));
    EXPECT_TRUE(nlohmann::json::parse(to_json(all)).at("recipients").at(0).at("login"));

    all.recipients.front().login = false;
    EXPECT_THAT(to_markdown(all, "zh"),
                AllOf(Not(HasSubstr("登录页面")),
                      Not(HasSubstr("已开始的企业微信登录")),
                      HasSubstr("有本地账号的人")));
}

TEST(Register, HasEachTextInBothLanguagesWithTheSamePlaceholders) {
    const auto chinese = test::placeholders("daemon/processing", "zh");
    EXPECT_EQ(chinese, test::placeholders("daemon/processing", "en"));
    EXPECT_GT(chinese.size(), 50U);
}

base::Faults faults_of(const std::string& text) {
    base::Faults faults;
    const auto document = base::parse_yaml(text, "hrbridge.yaml").value();
    read_stated(base::YamlReader(&document, "processing", faults), {"erp"});
    return faults;
}

TEST(Stated, IsReadBySourceAndAFaultNamesAnUnknownSourceOrKey) {
    EXPECT_TRUE(faults_of("controller: 示例\nsources: {erp: {purpose: 人事}}\n").empty());
    EXPECT_THAT(faults_of("sources: {epr: {purpose: 人事}}\n").at(0).what,
                HasSubstr("no source 'epr'"));
    EXPECT_THAT(faults_of("sources: {erp: {purpos: 人事}}\n").at(0).what, HasSubstr("purpose"));
    EXPECT_THAT(faults_of("controler: x\n").at(0).what, HasSubstr("controller"));
}

}  // namespace
}  // namespace hrbridge::processing
