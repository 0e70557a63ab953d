#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/app/config.h"
#include "daemon/app/mapping_folder.h"
#include "daemon/app/services.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::app {
namespace {

struct Broken {
    const char* name;
    const char* text;    // of hrbridge.yaml
    const char* place;   // ":LINE: path" that some fault names
    const char* remedy;  // words that tell what to do
};

constexpr const char* kStore = "store: {kind: sqlite, path: hr.db}\n";

std::vector<base::Fault> faults_of(const std::string& text) {
    const test::TempDir folder;
    folder.write("mappings/empty.txt", "");
    const std::string file = folder.write("hrbridge.yaml", text);
    test::MemoryLog log;
    test::ManualClock clock;
    monitoring::Metrics metrics;
    return load_services(file, log, clock, metrics).faults;
}

std::string all(const std::vector<base::Fault>& faults) {
    std::string text;
    for (const base::Fault& fault : faults) {
        text += fault.where + ": " + fault.what + "\n";
    }
    return text;
}

class BrokenConfig : public testing::TestWithParam<Broken> {};

TEST_P(BrokenConfig, IsRefusedWithLineAndRemedy) {
    const Broken& broken = GetParam();
    const auto faults = faults_of(broken.text);

    bool named = false;
    for (const base::Fault& fault : faults) {
        named =
            named || ((fault.where).find(broken.place) != std::string::npos &&
                      (fault.where + ": " + fault.what).find(broken.remedy) != std::string::npos);
    }
    EXPECT_TRUE(named) << "expected " << broken.place << " … " << broken.remedy << ", got\n"
                       << all(faults);
}

const std::vector<Broken> kBroken{
    {"NoStore", "zone: Asia/Shanghai\n", "hrbridge.yaml", "{kind: sqlite, path: FILE}"},
    {"MisspeltStore", "stor: {kind: sqlite, path: hr.db}\n", ":1: stor", "store"},
    {"UnknownStoreKind", "store: {kind: mysql, path: hr.db}\n", ":1: store.kind", "sqlite"},
    {"SqliteWithoutPath", "store: {kind: sqlite}\n", ":1: store", "path of its file"},
    {"PostgresWithoutConnection", "store: {kind: postgres}\n", ":1: store", "host=db"},
    {"PasswordInConnection",
     "store: {kind: postgres, connection: 'host=db password=x'}\n",
     ":1: store.connection",
     "store.password"},
    {"PasswordWrittenOut",
     "store: {kind: postgres, connection: 'host=db', password: hunter2}\n",
     "store.password",
     "{credential: NAME}"},
    {"SecretOfTwoKinds",
     "store: {kind: postgres, connection: 'host=db', password: {env: A, file: b}}\n",
     "store.password",
     "exactly one"},
    {"SecretFileMissing",
     "store: {kind: postgres, connection: 'host=db', password: {file: nowhere}}\n",
     "store.password",
     "cannot be found"},
    {"EnvironmentNotSet",
     "store: {kind: postgres, connection: 'host=db', password: {env: HRBRIDGE_NOT_SET}}\n",
     "store.password",
     "is not set"},
    {"CredentialWithoutSystemd",
     "store: {kind: postgres, connection: 'host=db', password: {credential: pw}}\n",
     "store.password",
     "LoadCredential"},
    {"UnknownZone",
     "store: {kind: sqlite, path: hr.db}\nzone: Asia/Shangai\n",
     ":2: zone",
     "time zone"},
    {"UnknownKey",
     "store: {kind: sqlite, path: hr.db}\nmaping: mappings\n",
     ":2: maping",
     "mappings"},
    {"DuplicateKey", "store: {kind: sqlite, path: hr.db}\nzone: UTC\nzone: UTC\n", ":3", "zone"},
    {"NoYaml", "store: {kind: sqlite\n", "hrbridge.yaml:", ""},
    {"UnknownSourceKind",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: odbcc, dsn: erp}\n",
     ":3: sources.erp.kind",
     "odbc"},
    {"SourceWithoutKind",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {dsn: erp}\n",
     ":3: sources.erp",
     "odbc, http, file"},
    {"UnknownSourceKey",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: odbc, dns: erp}\n",
     ":3: sources.erp",
     "dsn"},
    {"SourceWithoutDriver",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: odbc, user: reader}\n",
     ":3: sources.erp",
     "driver"},
    {"GuardOutOfRange",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: odbc, dsn: erp, guard: "
     "{sessions: 900}}\n",
     "sources.erp.guard.sessions",
     "64"},
    {"GuardHoursAreNone",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: odbc, dsn: erp, guard: "
     "{hours: night}}\n",
     ":3: sources.erp.guard.hours",
     "22:00-06:00"},
    {"GuardOfAnotherKind",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  t: {kind: file, folder: /srv, guard: "
     "{rows_per_second: 5}}\n",
     ":3: sources.t.guard.rows_per_second",
     "not supported yet"},
    {"HttpWithoutTls",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  att: {kind: http, base_url: "
     "'http://att.example'}\n",
     "sources.att",
     "https"},
    {"HttpUnknownAuth",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  att: {kind: http, base_url: "
     "'https://a.example', auth: {kind: digest}}\n",
     "sources.att.auth.kind",
     "basic"},
    {"FileWithoutFolder",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  t: {kind: file}\n",
     "sources.t",
     "folder"},
    {"CheckinWithoutWecom",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  c: {kind: wecom_checkin}\n",
     "sources.c.kind",
     "wecom:"},
    {"WecomWithoutSecret",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1}\n",
     ":2: wecom",
     "secret"},
    {"CallbackWithoutToken",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "callback: {aes_key: {env: PATH}}}\n",
     ":2: wecom.callback.token",
     "接收消息"},
    {"CallbackOnAPage",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "callback: {token: {env: HOME}, aes_key: {env: PATH}, path: /findings}}\n",
     ":2: wecom.callback.path",
     "/wecom/"},
    {"CallbackWithoutSealKeys",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "callback: {token: {env: HOME}, aes_key: {env: PATH}}}\n",
     "seal_keys",
     "kept sealed"},
    {"CallbackKeyIsNone",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "callback: {token: {env: HOME}, aes_key: {env: PATH}}}\nseal_keys: {env: PATH}\n",
     "wecom.callback.aes_key",
     "43"},
    {"CallbackUnknownKey",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "callback: {token: {env: HOME}, aes_key: {env: PATH}, url: x}}\n",
     ":2: wecom.callback.url",
     ""},
    {"MessagesKeptTooShort",
     "store: {kind: sqlite, path: hr.db}\nretention: {messages_days: 7}\n",
     ":2: retention.messages_days",
     "93"},
    {"WecomAgentIsNoNumber",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: abc, secret: {env: "
     "PATH}}\n",
     ":2: wecom.agent_id",
     "number"},
    {"WecomOverPlainHttp",
     "store: {kind: sqlite, path: hr.db}\nwecom: {base_url: 'http://example.com', corp_id: ww1, "
     "agent_id: 1, secret: {env: PATH}}\n",
     "wecom.base_url",
     "https"},
    {"OpenAddressWithoutTls",
     "store: {kind: sqlite, path: hr.db}\nweb: {host: 0.0.0.0}\n",
     ":2: web.host",
     "certificate"},
    {"PortOutOfRange",
     "store: {kind: sqlite, path: hr.db}\nweb: {port: 70000}\n",
     ":2: web.port",
     "65535"},
    {"RetentionNotANumber",
     "store: {kind: sqlite, path: hr.db}\nretention: {runs_days: never}\n",
     ":2: retention.runs_days",
     "number"},
    {"DiskReserveWithoutUnit",
     "store: {kind: sqlite, path: hr.db}\nretention: {disk_reserve: lots}\n",
     ":2: retention.disk_reserve",
     "MiB"},
    {"UnknownLogLevel",
     "store: {kind: sqlite, path: hr.db}\nlog_level: verbose\n",
     ":2: log_level",
     "info"},
    {"FindingsScheduleIsNone",
     "store: {kind: sqlite, path: hr.db}\nfindings_every: sometimes\n",
     ":2: findings_every",
     "30 6 * * *"},
};

INSTANTIATE_TEST_SUITE_P(All, BrokenConfig, testing::ValuesIn(kBroken), [](const auto& each) {
    return std::string(each.param.name);
});

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

TEST(Config, MappingWithoutSealKeysIsAFaultThatTellsHowToMakeThem) {
    const test::TempDir folder;
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

    const LoadedMappings loaded = load_mappings(folder.path().string());

    EXPECT_NE(all(loaded.faults).find("circle"), std::string::npos) << all(loaded.faults);
}

}  // namespace
}  // namespace hrbridge::app
