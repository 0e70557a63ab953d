#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"

namespace hrbridge::app::demo {

struct Department {
    std::string code;
    std::string name;
    std::string kind;    // 公司, 工厂, 车间, 班组, 科室
    std::string parent;  // empty for the company
};

struct Operation {
    std::string code;
    std::string name;
    bool inspection = false;
};

struct Cause {
    std::string code;
    std::string name;
    std::string kind;          // 人, 机, 料, 法, 测, 环
    std::string controllable;  // 是, 否, 部分
    double share = 0;          // of all defects
};

struct Person {
    std::string number;  // E000001
    std::string name;
    bool male = true;
    base::Date birth;
    std::string id_number;
    std::string mobile;
    base::Date hired;
    std::optional<base::Date> left;
    std::int64_t salary_cents = 0;
    std::string employment;  // 正式工, 合同工, 派遣工
    std::string department;
    std::string job;
    std::string job_kind;  // 生产, 检验, 维修, 职能
    std::string manager;   // empty for the general manager
    std::string shift_group;
    std::string operation;   // empty for people who make and inspect nothing
    double defect_rate = 0;  // of pieces made
};

// What the demo must find, and what it must not take for more than it is.
struct Planted {
    std::string heavy;  // 8 % defects at 105 % output in a team at 3 %, for six months
    std::string weak;   // three weak months that chance explains
};

// A manufacturer of 500 people. The same seed and day give the same company everywhere.
struct Company {
    std::uint64_t seed = 1;
    base::Date today;
    std::vector<base::Date> months;  // 24 first days, oldest first; the newest is closed
    std::vector<Department> departments;
    std::vector<Operation> operations;
    std::vector<Cause> causes;
    std::vector<Person> people;
    Planted planted;

    const Person& person(const std::string& number) const;
};

Company make_company(std::uint64_t seed, base::Date today);

// First day of the month `offset` months after that of `date`.
base::Date month_start(base::Date date, int offset = 0);
bool is_workday(base::Date date);
// An 18-digit identity number with the right check digit (GB 11643); `serial` makes it unique and
// its parity says the sex.
std::string make_id_number(base::Date birth, int serial, bool male);

}  // namespace hrbridge::app::demo
