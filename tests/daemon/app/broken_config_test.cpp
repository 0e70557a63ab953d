#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/daemon/app/support/config_faults.h"

namespace hrbridge::app {
namespace {

using test::all;
using test::faults_of;

struct Broken {
    const char* name;
    const char* text;    // of hrbridge.yaml
    const char* place;   // ":LINE: path" that some fault names
    const char* remedy;  // words that tell what to do
};

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
     "did you mean \"mappings\"?"},
    {"UnknownKeyNearNone",
     "store: {kind: sqlite, path: hr.db}\nxyzzy: 1\n",
     ":2: xyzzy",
     "the keys here are store, seal_keys, ledger_key, mappings, rules, migration, zone, "
     "control_socket, state_folder, "
     "sources, wecom, "
     "processing, web, retention, backup, findings_every, log_level"},
    {"SealKeyWrittenOut",
     "store: {kind: sqlite, path: hr.db}\nseal_keys: k1:AAAA\n",
     ":2: seal_keys",
     "{file: PATH}"},
    {"DuplicateKey", "store: {kind: sqlite, path: hr.db}\nzone: UTC\nzone: UTC\n", ":3", "zone"},
    {"NoYaml", "store: {kind: sqlite\n", "hrbridge.yaml:", ""},
    {"UnknownSourceKind",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: odbcc, dsn: erp}\n",
     ":3: sources.erp.kind",
     "odbc"},
    {"SourceWithoutKind",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {dsn: erp}\n",
     ":3: sources.erp",
     "odbc, mariadb, sqlite, http, file"},
    {"UnknownSourceKey",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: odbc, dns: erp}\n",
     ":3: sources.erp",
     "dsn"},
    {"SourceWithoutDriver",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: odbc, user: reader}\n",
     ":3: sources.erp",
     "driver"},
    {"AttributeWithASettingOfItsOwn",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: odbc, driver: d, attributes: "
     "{UID: reader}}\n",
     ":3: sources.erp.attributes.UID",
     "use dsn, driver, user or password"},
    {"AttributeIsAList",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: odbc, driver: d, attributes: "
     "{Server: [a, b]}}\n",
     ":3: sources.erp.attributes.Server",
     "one text"},
    {"MariadbOverHostAndSocket",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: mariadb, host: h, socket: s, "
     "database: d}\n",
     ":3: sources.erp",
     "either host or socket"},
    {"MariadbWithoutDatabase",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: mariadb, host: h}\n",
     ":3: sources.erp.database",
     "missing"},
    {"MariadbTlsOverASocket",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: mariadb, socket: s, database: d, "
     "tls: {}}\n",
     ":3: sources.erp.tls",
     "needs host"},
    {"MariadbTlsWithHalfACertificate",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: mariadb, host: h, database: d, "
     "tls: {certificate: hrbridge.yaml}}\n",
     ":3: sources.erp.tls",
     "together"},
    {"MariadbTlsWithAnAuthorityThatIsNotThere",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: mariadb, host: h, database: d, "
     "tls: {ca_file: nowhere.pem}}\n",
     ":3: sources.erp.tls.ca_file",
     "nowhere.pem"},
    {"MariadbPasswordWrittenOut",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: mariadb, host: h, database: d, "
     "password: secret}\n",
     ":3: sources.erp.password",
     "{file: PATH}"},
    {"SqliteSourceWithoutPath",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  erp: {kind: sqlite}\n",
     ":3: sources.erp.path",
     "missing"},
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
     "hr_receivers: [hr01], page_url: 'https://hr.example', "
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
     ":2: wecom.base_url",
     "https"},
    {"OpenAddressWithoutTls",
     "store: {kind: sqlite, path: hr.db}\nweb: {host: 0.0.0.0}\n",
     ":2: web.host",
     "certificate"},
    {"PortOutOfRange",
     "store: {kind: sqlite, path: hr.db}\nweb: {port: 70000}\n",
     ":2: web.port",
     "65535"},
    {"CertificateIsNotThere",
     "store: {kind: sqlite, path: hr.db}\nweb: {certificate: no.pem, key: hrbridge.yaml}\n",
     ":2: web.certificate",
     "is not there; correct the path"},
    {"KeyIsNotThere",
     "store: {kind: sqlite, path: hr.db}\nweb: {certificate: hrbridge.yaml, key: no.pem}\n",
     ":2: web.key",
     "is not there; correct the path"},
    {"KeyIsAFolder",
     "store: {kind: sqlite, path: hr.db}\nweb: {certificate: hrbridge.yaml, key: mappings}\n",
     ":2: web.key",
     "is no file"},
    {"KeyWithoutCertificate",
     "store: {kind: sqlite, path: hr.db}\nweb: {key: hrbridge.yaml}\n",
     ":2: web.key",
     "given together"},
    {"CertificateWithoutKey",
     "store: {kind: sqlite, path: hr.db}\nweb: {certificate: hrbridge.yaml}\n",
     ":2: web.certificate",
     "given together"},
    {"WecomCaIsNotThere",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "ca_file: no.pem}\n",
     ":2: wecom.ca_file",
     "is not there"},
    {"HttpCaIsNotThere",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  att: {kind: http, base_url: "
     "'https://a.example', ca_file: no.pem}\n",
     ":3: sources.att.ca_file",
     "is not there"},
    {"NoReceivers",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "page_url: 'https://hr.example'}\n",
     ":2: wecom.hr_receivers",
     "[hr01, hr02]"},
    {"EmptyReceivers",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "page_url: 'https://hr.example',\n hr_receivers: []}\n",
     ":3: wecom.hr_receivers",
     "[hr01, hr02]"},
    {"EverybodyReceives",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "page_url: 'https://hr.example',\n hr_receivers: [hr01, '@all']}\n",
     ":3: wecom.hr_receivers",
     "'@all' is no userid of one person"},
    {"TwoReceiversInOne",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "page_url: 'https://hr.example',\n hr_receivers: ['hr01|hr02']}\n",
     ":3: wecom.hr_receivers",
     "name each person by himself"},
    {"OneReceiverTwice",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "page_url: 'https://hr.example',\n hr_receivers: [hr01, HR01]}\n",
     ":3: wecom.hr_receivers",
     "'HR01' is named twice"},
    {"NoPageUrl",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "hr_receivers: [hr01]}\n",
     ":2: wecom.page_url",
     "https://hr.example.com"},
    {"PageUrlOverPlainHttp",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "hr_receivers: [hr01],\n page_url: 'http://hr.example'}\n",
     ":3: wecom.page_url",
     "https://hr.example.com"},
    {"PageUrlWithoutHost",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "hr_receivers: [hr01],\n page_url: 'https://'}\n",
     ":3: wecom.page_url",
     "https://hr.example.com"},
    {"PageUrlWithAQuery",
     "store: {kind: sqlite, path: hr.db}\nwecom: {corp_id: ww1, agent_id: 1, secret: {env: PATH}, "
     "hr_receivers: [hr01],\n page_url: 'https://hr.example/?a=b'}\n",
     ":3: wecom.page_url",
     "without ? and #"},
    {"RulesFolderIsNotThere",
     "store: {kind: sqlite, path: hr.db}\nrules: nowhere\n",
     ":2: rules",
     "is not there"},
    {"MappingsFolderIsNotThere",
     "store: {kind: sqlite, path: hr.db}\nmappings: nowhere\n",
     ":2: mappings",
     "is not there"},
    {"FileSourceFolderIsNotThere",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  t: {kind: file, folder: nowhere}\n",
     ":3: sources.t.folder",
     "is not there"},
    {"FileSourceFolderIsAFile",
     "store: {kind: sqlite, path: hr.db}\nsources:\n  t: {kind: file, folder: hrbridge.yaml}\n",
     ":3: sources.t.folder",
     "is no folder"},
    {"StoreFolderIsNotThere",
     "store:\n  kind: sqlite\n  path: nowhere/hr.db\n",
     ":3: store.path",
     "is not there"},
    {"StoreIsAFolder", "store: {kind: sqlite, path: mappings}\n", ":1: store.path", "is no file"},
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

}  // namespace
}  // namespace hrbridge::app
