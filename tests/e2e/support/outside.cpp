#include "tests/e2e/support/outside.h"

#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>
#include <iconv.h>

#include "daemon/base/clock.h"
#include "daemon/base/ids.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/postgres_server.h"

namespace hrbridge::e2e {
namespace {

app::demo::Company newest_months() {
    const base::Date today = base::Zone::find("Asia/Shanghai")->date_of(base::SystemClock().now());
    app::demo::Company company = app::demo::make_company(1, today);
    company.months.erase(company.months.begin(), company.months.end() - Outside::kMonths);
    return company;
}

std::string gbk_bytes(std::string text) {
    const iconv_t converter = ::iconv_open("GBK", "UTF-8");
    std::string out(text.size() * 2, '\0');
    char* from = text.data();
    std::size_t left = text.size();
    char* to = out.data();
    std::size_t room = out.size();
    const bool good = ::iconv(converter, &from, &left, &to, &room) == 0;
    ::iconv_close(converter);
    if (!good) {
        throw std::runtime_error("cannot encode a text in GBK");
    }
    out.resize(out.size() - room);
    return out;
}

}  // namespace

Outside::Outside()
    : company_(newest_months()),
      erp_(company_, planted_),
      mes_(company_, planted_),
      attendance_token_(base::random_id()),
      attendance_(company_, attendance_token_, log_) {
    export_punches("first.csv", company_.people[0].number);
}

void Outside::export_punches(const std::string& name, const std::string& employee) {
    const std::string day = base::to_string(company_.today - std::chrono::days(1));
    const std::string text = fmt::format(
        "工号,打卡时间,状态,设备\r\n{0},{1} 07:51:02,0,二号门\r\n{0},{1} 17:09:30,1,二号门\r\n",
        employee,
        day);
    const std::string path = terminal_.write(name, gbk_bytes(text));
    // A file counts as written to its end when nothing changed for a while.
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(5));
}

std::string Outside::sources_yaml() const {
    return fmt::format(
        R"(sources:
  erp:
    kind: odbc
    driver: MariaDB Unicode
    attributes: {{Server: 127.0.0.1, Port: '{}', Database: {}}}
    user: {}
    password: {{file: erp_password}}
    session_statements: ["SET character_set_results = NULL"]
  mes:
    kind: odbc
    driver: PostgreSQL ANSI
    attributes: {{Server: 127.0.0.1, Port: '{}', Database: {}}}
    user: {}
  attendance:
    kind: http
    base_url: {}
    auth: {{kind: bearer, token: {{file: attendance_token}}}}
  terminal: {{kind: file, folder: '{}', stable: 1s}}
)",
        test::MariadbServer::instance().port(),
        erp_.database(),
        test::MariadbServer::kUser,
        test::PostgresServer::instance().port(),
        mes_.database(),
        test::PostgresServer::kUser,
        attendance_.base_url(),
        terminal_.path().string());
}

void Outside::write_secrets(const test::TempDir& folder) const {
    for (const auto& [name, secret] :
         {std::pair{"erp_password", std::string(test::MariadbServer::kPassword)},
          std::pair{"attendance_token", std::string(attendance_token_.reveal())}}) {
        const std::string path = folder.write(name, secret);
        std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    }
}

}  // namespace hrbridge::e2e
