#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "daemon/base/result.h"
#include "daemon/base/secret.h"
#include "daemon/base/yaml.h"
#include "daemon/store/store.h"

namespace hrbridge::app {

// One entry of `sources:`. The kind's own settings stay a YAML node until connectors.h reads them.
struct SourceConfig {
    std::string name;
    std::string kind;  // odbc, mariadb, sqlite, http, file, iclock, wecom_checkin
    base::YamlNode node;
    connectors::SourceGuard guard;
};

// `wecom.callback`: the platform tells the daemon what people did with their cards.
struct WecomCallbackConfig {
    base::Secret token;
    base::Secret aes_key;                  // EncodingAESKey
    std::string path = "/wecom/callback";  // on the daemon's own server; begins with /wecom/
};

// `wecom.login`: people log in to the pages by the platform. Its addresses, of the cloud's.
struct WecomLoginConfig {
    std::string inside = "https://open.weixin.qq.com/connect/oauth2/authorize";
    std::string browser = "https://login.work.weixin.qq.com/wwlogin/sso/login";
};

struct WecomConfig {
    std::string base_url = "https://qyapi.weixin.qq.com";
    std::string ca_file;
    std::string corp_id;
    std::int64_t agent_id = 0;
    base::Secret secret;
    std::int64_t account_cap = 200;               // accounts of the corp: 200 sends each a day
    std::vector<std::string> hr_receivers;        // WeCom userids that get findings
    std::string page_url;                         // where cards lead, without a last slash
    std::optional<WecomCallbackConfig> callback;  // none: no route, cards without buttons
    std::optional<WecomLoginConfig> login;        // none: only local accounts log in
};

struct WebConfig {
    std::string host = "127.0.0.1";
    int port = 8470;
    std::string certificate;  // PEM files; needed when host is not loopback
    std::string key;
    std::int64_t strict_transport_days = 365;
    std::int64_t session_hours = 8;
    std::int64_t session_idle_minutes = 30;
};

struct RetentionConfig {
    std::int64_t runs_days = 400;
    std::int64_t rejects_days = 180;    // of rows no longer open
    std::int64_t callbacks_days = 180;  // since the work on them
    std::int64_t messages_days = 400;   // since they were sent
    std::int64_t sessions_days = 30;    // since they expired
    std::int64_t punches_days = 400;    // as terminals pushed them, since they came
    std::int64_t audit_days = 3650;
    std::int64_t employment_days = 0;  // people, since their last employment ended; 0: for ever
    std::int64_t facts_months = 0;     // facts by their day; 0: for ever
    std::string facts_place;           // "file:line: retention.facts_months"
    std::int64_t disk_reserve = 512LL << 20;  // bytes that must stay free under an SQLite store
};

struct BackupConfig {
    std::string folder;  // looked at when a backup is made, not before: a daemon starts without
    std::string folder_place;  // "file:line: backup.folder"
    std::int64_t keep = 7;     // scheduled ones
    std::string schedule = "40 2 * * *";
};

// A hot standby that pages read from.
struct ReplicaConfig {
    store::StoreOptions store;
    std::chrono::seconds most_lag{5};
};

// hrbridge.yaml as read. Relative paths count from the file's folder and are absolute here.
struct Config {
    std::string file;
    std::string folder;
    store::StoreOptions store;
    std::optional<ReplicaConfig> replica;  // of a PostgreSQL store
    std::string store_upgrade =
        "automatic";                     // or manual: `store upgrade --unattended` does nothing
    base::Secret seal_keys;              // empty: a fault as soon as there is a mapping
    std::string seal_keys_place;         // "file:line: seal_keys"
    base::Secret ledger_key;             // empty: entries of the ledger are not sealed
    std::string ledger_key_place;        // "file:line: ledger_key"
    std::vector<std::string> mappings;   // folders
    std::string migration;               // the project file; empty: nothing is migrated
    std::string rules;                   // folder
    std::string zone = "Asia/Shanghai";  // of the plant: business days, schedules
    std::string control_socket = "/run/hrbridge/control.sock";
    std::string state_folder;  // where sweeps keep their hashes
    std::vector<SourceConfig> sources;
    std::optional<WecomConfig> wecom;
    WebConfig web;
    RetentionConfig retention;
    std::optional<BackupConfig> backup;  // none: only by `store backup` and before an upgrade
    std::string findings_every = "30 6 * * *";
    std::string log_level = "info";
};

struct LoadedConfig {
    std::optional<Config> config;  // absent when there are faults
    base::Faults faults;
};

// Reads and checks the file; all faults at once. Secrets are read here, printed nowhere.
LoadedConfig load_config(const std::string& path);

// Where backups go that were told no other place.
std::string backup_folder(const Config& config);

// The place of the control socket alone: who calls the daemon need not be able to read the secrets
// of the rest. The default when the file cannot be read.
std::string control_socket_of(const std::string& path);

}  // namespace hrbridge::app
