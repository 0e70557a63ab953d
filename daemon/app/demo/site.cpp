#include "daemon/app/demo/site.h"

#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>
#include <unicode/ucnv.h>

#include "daemon/app/demo/files.h"
#include "daemon/base/ids.h"
#include "daemon/base/row_hash.h"
#include "daemon/base/seal.h"
#include "daemon/base/text.h"
#include "hrbridge_app_files.h"
#include "migration/ledger/ed25519.h"

namespace hrbridge::app::demo {
namespace {

namespace fs = std::filesystem;

constexpr int kPunchDays = 30;
constexpr int kTerminalPeople = 20;
constexpr std::size_t kAesKeyLength = 43;
constexpr std::int64_t kUtcOffset = 8 * 3600;

std::vector<wecom::sandbox::Person> people_of(const Company& company) {
    std::vector<wecom::sandbox::Person> people{{"hr01", "人事主管"}, {"hr02", "人事专员"}};
    for (const Person& person : company.people) {
        people.push_back({base::to_lower_ascii(person.number), person.name});
    }
    return people;
}

// Two punches a workday of the last month, minutes around the shift's ends.
std::vector<wecom::sandbox::Punch> punches_of(const Company& company) {
    std::vector<wecom::sandbox::Punch> punches;
    for (base::Date day = company.today - std::chrono::days(kPunchDays); day < company.today;
         day += std::chrono::days(1)) {
        if (!is_workday(day)) {
            continue;
        }
        const std::int64_t midnight = day.time_since_epoch().count() * 86'400LL - kUtcOffset;
        for (const Person& person : company.people) {
            const std::uint64_t dice = base::hash64(person.number + base::to_string(day));
            const std::string userid = base::to_lower_ascii(person.number);
            const auto early = static_cast<std::int64_t>(dice % 1200);
            const auto late = static_cast<std::int64_t>(dice / 1200 % 1800);
            punches.push_back({userid,
                               "上班打卡",
                               "",
                               midnight + 8 * 3600 - early,
                               "厂区大门",
                               "gate-1",
                               "全员"});
            punches.push_back({userid,
                               "下班打卡",
                               "",
                               midnight + 17 * 3600 + late,
                               "厂区大门",
                               "gate-1",
                               "全员"});
        }
    }
    return punches;
}

// 43 letters and digits, as the console makes them.
base::Secret make_aes_key() {
    constexpr std::string_view kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string key;
    for (const char byte : base::random_bytes(kAesKeyLength)) {
        key += kLetters[static_cast<unsigned char>(byte) % kLetters.size()];
    }
    return base::Secret(key);
}

wecom::sandbox::Options sandbox_options(const Company& company,
                                        const base::Secret& secret,
                                        wecom::sandbox::CallbackTarget callback) {
    wecom::sandbox::Options options;
    options.callback = std::move(callback);
    options.secret = secret;
    options.people = people_of(company);
    options.punches = punches_of(company);
    return options;
}

std::string gbk(const std::string& utf8) {
    UErrorCode status = U_ZERO_ERROR;
    std::string out(utf8.size() * 2 + 8, '\0');
    const std::int32_t size = ucnv_convert("gbk",
                                           "UTF-8",
                                           out.data(),
                                           static_cast<std::int32_t>(out.size()),
                                           utf8.data(),
                                           static_cast<std::int32_t>(utf8.size()),
                                           &status);
    if (U_FAILURE(status) != 0) {
        throw std::runtime_error("cannot encode text in GBK");
    }
    out.resize(static_cast<std::size_t>(size));
    return out;
}

}  // namespace

Site::Site(const Company& company, std::string folder, int port, base::Clock& clock, base::Log& log)
    : folder_(std::move(folder)),
      attendance_token_(base::random_id()),
      wecom_secret_(base::random_id()),
      callback_token_(base::random_id()),
      callback_key_(make_aes_key()),
      attendance_(company, attendance_token_, log),
      sandbox_(sandbox_options(company,
                               wecom_secret_,
                               {fmt::format("http://127.0.0.1:{}/wecom/callback", port),
                                callback_token_,
                                callback_key_,
                                ""}),
               clock),
      sandbox_url_(sandbox_.start()),
      config_file_(file("hrbridge.yaml")) {
    write_erp(company, file("erp.db"), planted_);
    write_mes(company, file("mes.db"), planted_);
    write_terminal_file(company);
    write_shipped_files();
    write_configuration(port);
}

std::string Site::file(const std::string& name) const {
    return (fs::path(folder_) / name).string();
}

void Site::write(const std::string& name, std::string_view content, bool secret) const {
    write_file(file(name), content, secret ? Readers::ThisUser : Readers::Everybody);
}

void Site::write_shipped_files() const {
    for (const EmbeddedFile& each : embedded_files()) {
        const std::string name(each.name);
        write((name.starts_with("rules/") ? "" : "mappings/") + name, each.content);
    }
}

void Site::write_terminal_file(const Company& company) const {
    std::string text = "工号,打卡时间,状态,设备\r\n";
    const std::string day = base::to_string(company.today - std::chrono::days(1));
    for (int i = 0; i < kTerminalPeople; ++i) {
        const Person& person = company.people[static_cast<std::size_t>(i)];
        text += fmt::format("{},{} 07:{:02}:00,0,二号门\r\n", person.number, day, 30 + i);
    }
    write("terminal/punches.csv", gbk(text));
    const auto past = fs::file_time_type::clock::now() - std::chrono::minutes(1);
    fs::last_write_time(file("terminal/punches.csv"), past);
}

void Site::write_configuration(int port) const {
    write("secrets/seal_keys", base::SealKeys::generate("demo").reveal(), true);
    write("secrets/ledger_key", ledger::PrivateKey::generate().to_pem().reveal(), true);
    write("secrets/attendance_token", attendance_token_.reveal(), true);
    write("secrets/wecom_secret", wecom_secret_.reveal(), true);
    write("secrets/callback_token", callback_token_.reveal(), true);
    write("secrets/callback_aes_key", callback_key_.reveal(), true);
    write("hrbridge.yaml",
          fmt::format(
              R"(# The demo's configuration: what an operator writes, with servers on loopback.
store: {{kind: sqlite, path: hr.db}}
seal_keys: {{file: secrets/seal_keys}}
ledger_key: {{file: secrets/ledger_key}}
mappings: mappings
migration: mappings/migration.yaml
rules: rules
zone: Asia/Shanghai
control_socket: control.sock
sources:
  erp: {{kind: odbc, driver: SQLite3, attributes: {{Database: '{0}/erp.db'}}}}
  mes: {{kind: odbc, driver: SQLite3, attributes: {{Database: '{0}/mes.db'}}}}
  attendance:
    kind: http
    base_url: {1}
    auth: {{kind: bearer, token: {{file: secrets/attendance_token}}}}
  checkin: {{kind: wecom_checkin}}
  terminal: {{kind: file, folder: terminal, stable: 1s}}
  gates: {{kind: iclock, terminals: {{DEMO00000001: {{site: gate}}}}}}
wecom:
  base_url: {2}
  corp_id: wwsandbox
  agent_id: 1000002
  secret: {{file: secrets/wecom_secret}}
  hr_receivers: [hr01, hr02]
  page_url: http://127.0.0.1:{3}
  login: {{inside: '{2}/connect/oauth2/authorize', browser: '{2}/wwlogin/sso/login'}}
  callback:
    token: {{file: secrets/callback_token}}
    aes_key: {{file: secrets/callback_aes_key}}
web: {{host: 127.0.0.1, port: {3}}}
)",
              folder_,
              attendance_.base_url(),
              sandbox_url_,
              port));
}

}  // namespace hrbridge::app::demo
