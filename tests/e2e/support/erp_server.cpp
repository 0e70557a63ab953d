#include "tests/e2e/support/erp_server.h"

#include <fmt/format.h>

#include "daemon/base/decimal.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::e2e {
namespace {

using test::MariadbServer;

constexpr const char* kTables = R"(
CREATE TABLE hr_dept (cDept_Num varchar(12) NOT NULL PRIMARY KEY, cDept_Name varchar(40) NOT NULL,
  cDept_Kind varchar(8) NOT NULL, cParent_Num varchar(12), dModifyDate datetime NOT NULL)
  CHARACTER SET gbk;
CREATE TABLE hr_hi_person (cPsn_Num varchar(20) NOT NULL PRIMARY KEY, cPsn_Name varchar(40) NOT NULL,
  rSex varchar(2), vIDNo varchar(18), dBirthDate date, cMobile varchar(20), cWeComId varchar(64),
  cEmpKind varchar(8) NOT NULL, dEnterDate date NOT NULL, dLeaveDate date, dProbationEnd date,
  mBaseSalary decimal(12,2), dModifyDate datetime NOT NULL)
  CHARACTER SET latin1;
CREATE TABLE hr_hi_assignment (cPsn_Num varchar(20) NOT NULL, dValidFrom date NOT NULL, dValidTo date,
  cDept_Num varchar(12) NOT NULL, cJobName varchar(40) NOT NULL, cJobKind varchar(8) NOT NULL,
  cManager_Num varchar(20), cShiftGroup varchar(8), dModifyDate datetime NOT NULL,
  PRIMARY KEY (cPsn_Num, dValidFrom))
  CHARACTER SET latin1;
)";

// Strict servers refuse dates of zeros; the ones that hold them are not.
constexpr const char* kLenient = "SET sql_mode = '';\n";
constexpr std::string_view kNow = "{now}";
constexpr std::string_view kSomeMinutesAgo =
    "CAST(UTC_TIMESTAMP() + INTERVAL 8 HOUR - INTERVAL 3 MINUTE AS DATETIME)";

// decimal(12,2) holds no third decimal; the row then breaks the same rule by being negative.
void fit_salaries(SourceTable& people) {
    const std::size_t salary = people.column("mBaseSalary");
    for (auto& row : people.rows) {
        const auto decimal = base::Decimal::parse(row[salary].value_or("0"));
        if (!decimal || !decimal->rescaled(2)) {
            row[salary] = "-1.00";
        }
    }
}

}  // namespace

ErpServer::ErpServer(const app::demo::Company& company, app::demo::PlantedFaults& planted)
    : database_(MariadbServer::instance().create_database()) {
    const test::TempDir folder;
    app::demo::write_erp(company, folder.file("erp.db"), planted);
    execute(kTables);
    copy(folder.file("erp.db"));
    add_what_only_a_server_holds(planted);
}

ErpServer::~ErpServer() {
    MariadbServer::instance().drop_database(database_);
}

void ErpServer::execute(std::string sql) {
    for (std::size_t at = sql.find(kNow); at != std::string::npos; at = sql.find(kNow)) {
        sql.replace(at, kNow.size(), kSomeMinutesAgo);
    }
    MariadbServer::instance().execute(database_, kLenient + sql);
}

std::string ErpServer::gbk(const std::string& text) {
    return "CAST(CONVERT('" + text + "' USING gbk) AS BINARY)";
}

void ErpServer::copy(const std::string& path) {
    execute(insert_script(read_table(path, "hr_dept")));
    SourceTable people = read_table(path, "hr_hi_person");
    fit_salaries(people);
    execute(insert_script(people));
    execute(insert_script(read_table(path, "hr_hi_assignment")));
}

void ErpServer::add_what_only_a_server_holds(app::demo::PlantedFaults& planted) {
    execute(fmt::format(
        "INSERT INTO hr_hi_person SELECT CONCAT(' ', cPsn_Num), {}, rSex, vIDNo, dBirthDate, "
        "cMobile, cWeComId, cEmpKind, dEnterDate, dLeaveDate, dProbationEnd, mBaseSalary, {{now}} "
        "FROM hr_hi_person WHERE cPsn_Num = '{}';\n"
        "UPDATE hr_hi_person SET dLeaveDate = '0000-00-00', dProbationEnd = '0000-00-00', "
        "dModifyDate = {{now}} WHERE cPsn_Num = '{}';\n",
        gbk(kLaterName),
        kTwice,
        kZeroDates));
    execute(
        "INSERT INTO hr_hi_person SELECT 'E970001', cPsn_Name, rSex, NULL, NULL, NULL, NULL, "
        "cEmpKind, '0000-00-00', NULL, NULL, NULL, dModifyDate FROM hr_hi_person WHERE cPsn_Num = "
        "'E000022'");
    planted[{"erp/employment_spell", "F04"}] += 1;
}

}  // namespace hrbridge::e2e
