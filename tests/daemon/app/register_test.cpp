#include <gmock/gmock.h>

#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using testing::AllOf;
using testing::HasSubstr;

TEST(RegisterCommand, TellsWhatConfigurationAndMappingsSay) {
    const CommandBench bench;
    bench.configure(
        "retention: {rejects_days: 30}\n"
        "processing: {controller: 示例制造, sources: {files: {purpose: 工序目录}}}\n");

    EXPECT_THAT(bench.run({"register"}).out,
                AllOf(HasSubstr("| 个人信息处理者 | 示例制造 |"),
                      HasSubstr("| 处理目的 | 工序目录 |"),
                      HasSubstr("| 合法性基础 | 未说明 |"),
                      HasSubstr("| test/operation | operation | name：姓名，明文保存<br>另有 2 "
                                "个未标记的字段 | 按需 |")));
    const auto json = bench.run({"register", "--json"}).json();
    EXPECT_EQ(json.at("retention_days").at("rejects"), 30);
    EXPECT_EQ(json.at("sources").at(0).at("activities").at(0).at("rejects_days"), 30);
    EXPECT_EQ(json.at("measures_not_configured"), nlohmann::json::array({"ledger", "backup"}));
}

TEST(RegisterCommand, TellsWhetherPeopleLogInByWecom) {
    const CommandBench bench;
    std::filesystem::permissions(
        bench.folder.write("secret", "s"),
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const std::string wecom =
        "wecom: {corp_id: ww1, agent_id: 1, secret: {file: secret}, hr_receivers: [hr01], "
        "page_url: "
        "'https://hr.example'";
    bench.configure(wecom + "}\n");
    EXPECT_EQ(bench.run({"register", "--json"}).json().at("recipients").at(0).at("login"), false);
    bench.configure(wecom + ", login: true}\n");
    EXPECT_THAT(bench.run({"register"}).out,
                AllOf(HasSubstr("可以用企业微信"), HasSubstr("已开始的企业微信登录")));
}

TEST(RegisterCommand, IsRefusedWhereWhatIsStatedNamesNoSource) {
    const CommandBench bench;
    bench.configure("processing: {sources: {flies: {purpose: x}}}\n");
    const auto ran = bench.run({"register"});
    EXPECT_EQ(ran.exit, Exit::Usage);
    EXPECT_THAT(ran.errors, HasSubstr("no source 'flies'"));
}

}  // namespace
}  // namespace hrbridge::app
