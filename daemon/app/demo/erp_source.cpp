#include <filesystem>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <unicode/ucnv.h>

#include "daemon/app/demo/sources.h"
#include "daemon/app/demo/table_writer.h"

namespace hrbridge::app::demo {
namespace {

constexpr int kRowsOfAKind = 3;
constexpr const char* kNoRow = "";

constexpr const char* kTables = R"(
CREATE TABLE hr_dept (cDept_Num varchar(12) NOT NULL PRIMARY KEY, cDept_Name varchar(40) NOT NULL,
  cDept_Kind varchar(8) NOT NULL, cParent_Num varchar(12), dModifyDate datetime NOT NULL);
CREATE TABLE hr_hi_person (cPsn_Num varchar(20) NOT NULL PRIMARY KEY, cPsn_Name varchar(40) NOT NULL,
  rSex varchar(2), vIDNo varchar(18), dBirthDate date, cMobile varchar(20), cWeComId varchar(64),
  cEmpKind varchar(8) NOT NULL, dEnterDate date NOT NULL, dLeaveDate date, dProbationEnd date,
  mBaseSalary decimal(12,2), dModifyDate datetime NOT NULL);
CREATE TABLE hr_hi_assignment (cPsn_Num varchar(20) NOT NULL, dValidFrom date NOT NULL, dValidTo date,
  cDept_Num varchar(12) NOT NULL, cJobName varchar(40) NOT NULL, cJobKind varchar(8) NOT NULL,
  cManager_Num varchar(20), cShiftGroup varchar(8), dModifyDate datetime NOT NULL,
  PRIMARY KEY (cPsn_Num, dValidFrom));
)";

std::string gb18030(const std::string& utf8) {
    UErrorCode status = U_ZERO_ERROR;
    std::string out(utf8.size() * 2 + 8, '\0');
    const std::int32_t size = ucnv_convert("gb18030",
                                           "UTF-8",
                                           out.data(),
                                           static_cast<std::int32_t>(out.size()),
                                           utf8.data(),
                                           static_cast<std::int32_t>(utf8.size()),
                                           &status);
    if (U_FAILURE(status) != 0) {
        throw std::runtime_error("cannot encode text in GB18030");
    }
    out.resize(static_cast<std::size_t>(size));
    return out;
}

// A row of hr_hi_person before it is encoded.
struct ErpPerson {
    Person person;
    std::string sex;
    std::string raw_name;  // already encoded
    std::string id_number;
    std::string enter;
    std::string leave;
    std::string salary;
};

ErpPerson row_of(const Person& person) {
    return {person,
            person.male ? "1" : "2",
            gb18030(person.name),
            person.id_number,
            base::to_string(person.hired),
            person.left ? base::to_string(*person.left) : "",
            fmt::format("{}.{:02}", person.salary_cents / 100, person.salary_cents % 100)};
}

class ErpWriter {
  public:
    ErpWriter(const Company& company, const std::string& path, PlantedFaults& planted)
        : company_(company),
          planted_(planted),
          modified_(base::to_string(company.months.front() - std::chrono::days(1)) + " 08:00:00"),
          writer_(path, kTables) {}

    void write() {
        for (const Department& department : company_.departments) {
            departments_.add({department.code,
                              gb18030(department.name),
                              gb18030(department.kind),
                              department.parent,
                              modified_});
        }
        for (const Person& person : company_.people) {
            add(row_of(person));
            assign(person.number, person.department, person);
        }
        add_faulty_people();
        add_lost_assignments();
        writer_.write(departments_);
        writer_.write(people_);
        writer_.write(assignments_);
    }

  private:
    void add(const ErpPerson& row) {
        std::string wecom = row.person.number;
        people_.add({row.person.number,
                     row.raw_name,
                     row.sex,
                     row.id_number,
                     base::to_string(row.person.birth),
                     row.person.mobile,
                     wecom,
                     gb18030(row.person.employment),
                     row.enter,
                     row.leave,
                     kNoRow,
                     row.salary,
                     modified_});
    }

    void assign(const std::string& number, const std::string& department, const Person& person) {
        assignments_.add({number,
                          base::to_string(person.hired),
                          "9999-12-31",
                          department,
                          gb18030(person.job),
                          gb18030(person.job_kind),
                          person.manager,
                          person.shift_group,
                          modified_});
    }

    // A person beside the 500, right in all but what the caller then spoils.
    ErpPerson extra() {
        ++extras_;
        Person person = company_.people[extras_ * 7U % company_.people.size()];
        person.number = fmt::format("E9{:05}", extras_);
        person.id_number =
            make_id_number(person.birth, 500 + static_cast<int>(extras_), person.male);
        return row_of(person);
    }

    // A refused person leaves his employment waiting for him.
    void refuse_person(const std::string& rule) {
        planted_[{"erp/person", rule}] += 1;
        planted_[{"erp/employment_spell", "F02"}] += 1;
    }

    void add_faulty_people() {
        for (int i = 0; i < kRowsOfAKind; ++i) {
            ErpPerson row = extra();
            char& check = row.id_number.back();
            check = check == '5' ? '6' : '5';
            add(row);
            refuse_person("F05");

            row = extra();
            row.id_number =
                make_id_number(row.person.birth + std::chrono::days(400), 700 + i, row.person.male);
            add(row);
            refuse_person("L01");

            row = extra();
            row.raw_name = gb18030("张") + "\xff\xfe";
            add(row);
            refuse_person("decode");

            row = extra();
            row.sex = "9";
            add(row);
            refuse_person("F03");
        }
        for (int i = 0; i < kRowsOfAKind; ++i) {
            ErpPerson row = extra();
            row.enter = "1900-01-01";
            add(row);
            planted_[{"erp/employment_spell", "F04"}] += 1;

            row = extra();
            row.leave = base::to_string(row.person.hired - std::chrono::days(30));
            add(row);
            planted_[{"erp/employment_spell", "L01"}] += 1;

            row = extra();
            row.salary = "6500.125";
            add(row);
            planted_[{"erp/employment_spell", "F07"}] += 1;
        }
    }

    void add_lost_assignments() {
        for (int i = 0; i < kRowsOfAKind; ++i) {
            const ErpPerson row = extra();
            add(row);
            assign(row.person.number, "P7W9T99", row.person);
            planted_[{"erp/assignment", "F04"}] += 1;
        }
    }

    const Company& company_;
    PlantedFaults& planted_;
    std::string modified_;
    TableWriter writer_;
    TextTable departments_{"hr_dept",
                           {"cDept_Num", "cDept_Name", "cDept_Kind", "cParent_Num", "dModifyDate"}};
    TextTable people_{"hr_hi_person",
                      {"cPsn_Num",
                       "cPsn_Name",
                       "rSex",
                       "vIDNo",
                       "dBirthDate",
                       "cMobile",
                       "cWeComId",
                       "cEmpKind",
                       "dEnterDate",
                       "dLeaveDate",
                       "dProbationEnd",
                       "mBaseSalary",
                       "dModifyDate"}};
    TextTable assignments_{"hr_hi_assignment",
                           {"cPsn_Num",
                            "dValidFrom",
                            "dValidTo",
                            "cDept_Num",
                            "cJobName",
                            "cJobKind",
                            "cManager_Num",
                            "cShiftGroup",
                            "dModifyDate"}};
    unsigned extras_ = 0;
};

}  // namespace

void write_erp(const Company& company, const std::string& path, PlantedFaults& planted) {
    ErpWriter(company, path, planted).write();
}

std::string fault_name(const std::string& mapping, const std::string& rule) {
    static const std::map<std::pair<std::string, std::string>, std::string> kNames{
        {{"erp/person", "F05"}, "身份证校验位错误"},
        {{"erp/person", "L01"}, "出生日期与身份证不一致"},
        {{"erp/person", "decode"}, "姓名含无法解码的字节"},
        {{"erp/person", "F03"}, "未知的性别代码"},
        {{"erp/employment_spell", "F02"}, "人员被拒绝, 任职等待"},
        {{"erp/employment_spell", "F04"}, "入职日期为空日期 1900-01-01"},
        {{"erp/employment_spell", "L01"}, "离职早于入职"},
        {{"erp/employment_spell", "F07"}, "工资多于两位小数"},
        {{"erp/assignment", "F04"}, "部门不存在, 任职等待"},
        {{"mes/production_fact", "F11"}, "产量为负"},
        {{"mes/production_fact", "F02"}, "工号不存在, 报工等待"},
        {{"mes/production_fact", "F03"}, "工序不存在"},
        {{"mes/defect", "F09"}, "缺陷原因不存在"},
    };
    const auto found = kNames.find({mapping, rule});
    return found == kNames.end() ? rule : found->second;
}

}  // namespace hrbridge::app::demo
