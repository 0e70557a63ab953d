#include "daemon/people/left_over.h"

#include <stdexcept>

#include <fmt/format.h>

namespace hrbridge::people {
namespace {

// The link to the source, and a hash by which values could be found by trying.
constexpr const char* kNoSource =
    "row_hash = $1, source_row = NULL, source_time = NULL, source_map = NULL";
constexpr std::size_t kHashBytes = 16;

base::Date month_begin(base::Date day) {
    const std::chrono::year_month_day date(day);
    return base::Date(std::chrono::sys_days(date.year() / date.month() / 1));
}

base::Date next_month(base::Date day) {
    const std::chrono::year_month_day date(month_begin(day));
    return base::Date(std::chrono::sys_days(date + std::chrono::months(1)));
}

base::Value no_hash() {
    return base::Bytes{std::string(kHashBytes, '\0')};
}

base::Value end_of(const Spell& spell) {
    if (spell.end_date) {
        return next_month(*spell.end_date);
    }
    return base::Null{};
}

std::int64_t blank_spells(const LeftOver& of) {
    std::int64_t rows = 0;
    for (const Spell& spell : of.person.spells) {
        rows += of.connection.execute(
            fmt::format(
                "UPDATE employment_spell SET {}, employee_no = $2, hire_date = $3, end_date "
                "= $4, probation_end = NULL, base_salary = NULL WHERE id = $5",
                kNoSource),
            {no_hash(),
             fmt::format("erased-{}-{}", of.erasure, spell.id),
             month_begin(spell.hire_date),
             end_of(spell),
             spell.id});
    }
    return rows;
}

}  // namespace

std::int64_t blank_rows(const LeftOver& of, const std::string& table, const std::string& ids) {
    if (table == "employment_spell") {
        return blank_spells(of);
    }
    std::string set;
    if (table == "person") {
        set = fmt::format(
            "person_no = 'erased-{}', name = '', gender = NULL, birth_date = NULL, id_number = "
            "NULL, mobile = NULL, language = NULL, wecom_userid = NULL",
            of.erasure);
    } else if (table == "assignment") {
        set = "shift_group = NULL";
    } else if (table == "production_fact") {
        set = "fact_no = 'erased-' || CAST(id AS text), started_at = NULL, ended_at = NULL";
    } else if (table == "defect") {
        set = "defect_no = 'erased-' || CAST(id AS text)";
    } else {
        throw std::logic_error("nothing says what is kept of " + table);
    }
    return of.connection.execute(
        fmt::format("UPDATE {} SET {}, {} WHERE id IN ({})", table, kNoSource, set, ids),
        {no_hash()});
}

std::vector<NumberOf> numbers_of(const Person& person) {
    std::vector<NumberOf> all{{"person.person_no", person.person_no, person.id}};
    if (person.wecom_userid) {
        all.push_back({"person.wecom_userid", *person.wecom_userid, person.id});
    }
    for (const Spell& spell : person.spells) {
        all.push_back({"employment_spell.employee_no", spell.employee_no, spell.id});
    }
    return all;
}

}  // namespace hrbridge::people
