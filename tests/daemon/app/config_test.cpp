#include "daemon/app/config.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <unistd.h>

#include "daemon/app/mapping_folder.h"
#include "daemon/app/store_place.h"
#include "tests/daemon/app/support/config_faults.h"

namespace hrbridge::app {
namespace {

using test::all;
using test::faults_of;

constexpr const char* kStore = "store: {kind: sqlite, path: hr.db}\n";

TEST(Config, ReportsAllFaultsAtOnce) {
    const auto faults = faults_of("stor: x\nzone: Nowhere\nlog_level: loud\nweb: {port: -1}\n");

    EXPECT_GE(faults.size(), 5U) << all(faults);
}

TEST(Config, NoFaultTellsASecret) {
    const auto faults =
        faults_of(std::string(kStore) + "seal_keys: topsecretvalue\nweb: {port: x}\n");

    EXPECT_EQ(all(faults).find("topsecretvalue"), std::string::npos) << all(faults);
}

TEST(Config, MinimalFileLoads) {
    EXPECT_EQ(all(faults_of(kStore)), "");
}

TEST(Config, AReplicaIsOfAPostgresStoreAndHoldsNoPasswordInItsConnection) {
    const std::string postgres = "store: {kind: postgres, connection: host=db, replica: ";

    EXPECT_NE(all(faults_of("store: {kind: sqlite, path: hr.db, replica: {connection: host=x}}\n"))
                  .find("an SQLite store has no replica"),
              std::string::npos);
    EXPECT_NE(all(faults_of(postgres + "{}}\n")).find("a replica needs a connection"),
              std::string::npos);
    const std::string told = all(faults_of(postgres + "{connection: host=x password=secret}}\n"));
    EXPECT_NE(told.find("store.replica.password"), std::string::npos) << told;
    EXPECT_EQ(told.find("secret"), std::string::npos) << told;
    EXPECT_EQ(all(faults_of(postgres + "{connection: host=x}}\n")), "");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// The YAML block of the configuration's README.
std::string minimal_file() {
    const std::string readme = test::read_file(HRBRIDGE_SOURCE_DIR "/daemon/README.md");
    const std::string begin = "```yaml\n";
    const std::size_t from = readme.find(begin) + begin.size();
    return readme.substr(from, readme.find("```", from) - from);
}

// Only the store's folder and what systemd gives are made up here.
TEST(Config, TheReadmesMinimalFileHasNoFaults) {
    const test::TempDir folder;
    folder.write("mappings/empty.txt", "");
    folder.write("rules/empty.txt", "");
    folder.write("credentials/seal_keys", base::SealKeys::generate("k1").reveal());
    folder.write("credentials/plain_erp_password", "x");
    folder.write("credentials/encrypted_wecom_secret", "x");
    const std::string text =
        replaced(minimal_file(), "/var/lib/hrbridge/", folder.path().string() + "/");
    EXPECT_NE(text.find("kind: mariadb"), std::string::npos);
    test::MemoryLog log;
    test::ManualClock clock;
    monitoring::Metrics metrics;

    ::setenv("CREDENTIALS_DIRECTORY", folder.file("credentials").c_str(), 1);
    const auto loaded = load_services(folder.write("hrbridge.yaml", text), log, clock, metrics);
    ::unsetenv("CREDENTIALS_DIRECTORY");

    EXPECT_EQ(all(loaded.faults), "");
    ASSERT_TRUE(loaded.services);
    EXPECT_EQ(loaded.services->connectors.count("erp"), 1U);
}

TEST(Config, ACredentialThatSystemdDidNotGiveIsNamedWithWhereItsFileBelongs) {
    const test::TempDir folder;
    folder.write("rules/empty.txt", "");
    folder.write("mappings/empty.txt", "");
    folder.write("given/another", "x");
    const std::string file = folder.write(
        "hrbridge.yaml",
        "store: {kind: postgres, connection: 'host=db', password: {credential: hr_password}}\n");

    ::setenv("CREDENTIALS_DIRECTORY", folder.file("given").c_str(), 1);
    const LoadedConfig loaded = load_config(file);
    ::unsetenv("CREDENTIALS_DIRECTORY");

    EXPECT_THAT(all(loaded.faults),
                testing::AllOf(testing::HasSubstr("store.password: systemd gave no credential "
                                                  "hr_password"),
                               testing::HasSubstr("the folder credentials"),
                               testing::HasSubstr("a restart brings, not a reload")));
}

WecomConfig load_wecom(const std::string& receivers, const std::string& page_url) {
    const test::TempDir folder;
    folder.write("rules/empty.txt", "");
    folder.write("mappings/empty.txt", "");
    const LoadedConfig loaded =
        load_config(folder.write("hrbridge.yaml",
                                 std::string(kStore) +
                                     "wecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
                                     "hr_receivers: " +
                                     receivers + ", page_url: '" + page_url + "'}\n"));
    EXPECT_TRUE(loaded.config) << all(loaded.faults);
    return loaded.config ? *loaded.config->wecom : WecomConfig{};
}

TEST(Config, PageUrlKeepsNoLastSlash) {
    EXPECT_EQ(load_wecom("hr01", "https://hr.example/hr/").page_url, "https://hr.example/hr");
}

TEST(Config, ReceiversAreFoldedAsThePlatformFoldsThem) {
    EXPECT_EQ(load_wecom("[ZhangSan, hr01]", "https://hr.example").hr_receivers,
              (std::vector<std::string>{"zhangsan", "hr01"}));
}

// Runs in a process of its own as a user who may read the folder and write nowhere in it.
int exit_code_of_faults_without_rights(const test::TempDir& folder, const std::string& config) {
    constexpr uid_t kNobody = 65'534;
    if (::geteuid() == 0 && ::seteuid(kNobody) != 0) {
        return 3;
    }
    Config with_store;
    with_store.file = config;
    with_store.store.kind = "sqlite";
    with_store.store.path = folder.file("hr.db");
    const std::string text = all(load_config(config).faults) + all(store_place_faults(with_store));
    std::fputs(text.c_str(), stderr);
    const bool store = text.find(":1: store.path: " + folder.path().string() +
                                 " cannot be written by this user") != std::string::npos;
    const bool key = text.find(":2: web.key: " + folder.file("key.pem") +
                               " cannot be read by this user") != std::string::npos;
    return store && key ? 0 : 1;
}

TEST(Config, PlacesWithoutRightsAreFaults) {
    namespace fs = std::filesystem;
    const test::TempDir folder;
    folder.write("mappings/empty.txt", "");
    folder.write("rules/empty.txt", "");
    folder.write("certificate.pem", "");
    const std::string key = folder.write("key.pem", "");
    const std::string config =
        folder.write("hrbridge.yaml",
                     std::string(kStore) + "web: {certificate: certificate.pem, key: key.pem}\n");
    fs::permissions(key, fs::perms::none);
    const fs::perms read_only = fs::perms::owner_read | fs::perms::owner_exec |
                                fs::perms::group_read | fs::perms::group_exec |
                                fs::perms::others_read | fs::perms::others_exec;
    fs::permissions(folder.path(), read_only);

    EXPECT_EXIT(::_exit(exit_code_of_faults_without_rights(folder, config)),
                testing::ExitedWithCode(0),
                "check the rights");
    fs::permissions(folder.path(), read_only | fs::perms::owner_write);
}

TEST(Config, MappingWithoutSealKeysIsAFaultThatTellsHowToMakeThem) {
    const test::TempDir folder;
    folder.write("rules/empty.txt", "");
    for (const char* file : {"operation.map.yaml", "codes/operation_kind.csv"}) {
        folder.write(std::string("mappings/mes/") + file,
                     test::read_file(HRBRIDGE_SOURCE_DIR "/mappings/mes/" + std::string(file)));
    }
    const std::string text =
        std::string(kStore) + "sources:\n  mes: {kind: odbc, driver: SQLite3, user: x}\n";
    test::MemoryLog log;
    test::ManualClock clock;
    monitoring::Metrics metrics;
    const auto faults = [&](const std::string& config) {
        return all(
            load_services(folder.write("hrbridge.yaml", config), log, clock, metrics).faults);
    };

    EXPECT_NE(faults(text).find("seal_keys: is missing"), std::string::npos) << faults(text);
    EXPECT_NE(faults(text).find("openssl rand -base64 32"), std::string::npos);
    std::filesystem::permissions(folder.write("keys", base::SealKeys::generate("k1").reveal()),
                                 std::filesystem::perms::owner_read);
    EXPECT_EQ(faults(text + "seal_keys: {file: keys}\n").find("seal_keys"), std::string::npos);
}

TEST(MappingFolder, ReadsAllFoldersAndAFileThatTwoOfThemHoldOnce) {
    const std::string shipped = HRBRIDGE_SOURCE_DIR "/mappings/";

    EXPECT_EQ(all(load_mappings({shipped + "mes", shipped + "erp"}).faults), "");
    EXPECT_EQ(load_mappings({shipped + "mes", shipped + "erp"}).mappings.size(), 9U);
    EXPECT_EQ(load_mappings({shipped + "erp", shipped + "erp"}).mappings.size(), 4U);
    EXPECT_NE(all(load_mappings({shipped + "mes"}).faults).find("erp/employment_spell"),
              std::string::npos);
}

TEST(MappingFolder, NamesNeedsThatGoRoundInACircle) {
    const test::TempDir folder;
    const std::string mapping =
        test::read_file(HRBRIDGE_SOURCE_DIR "/mappings/mes/operation.map.yaml");
    const std::string codes =
        test::read_file(HRBRIDGE_SOURCE_DIR "/mappings/mes/codes/operation_kind.csv");
    folder.write("mes/codes/operation_kind.csv", codes);
    std::string first = mapping;
    first.replace(first.find("map: mes/operation"), 18, "map: mes/first\nneeds: [mes/second]");
    std::string second = mapping;
    second.replace(second.find("map: mes/operation"), 18, "map: mes/second\nneeds: [mes/first]");
    folder.write("mes/first.map.yaml", first);
    folder.write("mes/second.map.yaml", second);

    const LoadedMappings loaded = load_mappings({folder.path().string()});

    EXPECT_NE(all(loaded.faults).find("circle"), std::string::npos) << all(loaded.faults);
}

}  // namespace
}  // namespace hrbridge::app
