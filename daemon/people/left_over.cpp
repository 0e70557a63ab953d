#include "daemon/people/left_over.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/base/text.h"

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

void blank_hours(const LeftOver& of, const std::string& ids) {
    struct Hours {
        std::int64_t id;
        base::Value started;
        base::Value ended;
    };
    const auto day_of = [&](const store::sql::Rows& rows, int column) {
        const auto time = rows.optional_timestamp(column);
        return time ? base::Value(of.zone.to_instant(
                          std::chrono::local_days(of.zone.date_of(*time).time_since_epoch())))
                    : base::Value(base::Null{});
    };
    std::vector<Hours> all;
    {
        const auto rows = of.connection.query(
            fmt::format("SELECT id, started_at, ended_at FROM production_fact WHERE id IN ({}) AND "
                        "(started_at IS NOT NULL OR ended_at IS NOT NULL)",
                        ids),
            {});
        while (rows->next()) {
            all.push_back({rows->integer(0), day_of(*rows, 1), day_of(*rows, 2)});
        }
    }
    for (const Hours& each : all) {
        of.connection.execute(
            "UPDATE production_fact SET started_at = $2, ended_at = $3 WHERE id = $1",
            {each.id, each.started, each.ended});
    }
}

void blank_keys(const LeftOver& of,
                const std::string& table,
                const std::string& key,
                const std::string& ids) {
    std::vector<std::int64_t> with_number;
    {
        std::vector<std::string> numbers;
        for (const NumberOf& number : numbers_of(of.person)) {
            numbers.push_back(base::to_lower_ascii(number.number));
        }
        const auto rows = of.connection.query(
            fmt::format("SELECT id, {} FROM {} WHERE id IN ({})", key, table, ids), {});
        while (rows->next()) {
            const std::string text = base::to_lower_ascii(rows->text(1));
            if (std::any_of(numbers.begin(), numbers.end(), [&](const std::string& number) {
                    return text.find(number) != std::string::npos;
                })) {
                with_number.push_back(rows->integer(0));
            }
        }
    }
    for (const std::int64_t id : with_number) {
        of.connection.execute(fmt::format("UPDATE {} SET {} = $2 WHERE id = $1", table, key),
                              {id, fmt::format("erased-{}", id)});
    }
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
        blank_hours(of, ids);
        blank_keys(of, table, "fact_no", ids);
    } else if (table == "defect") {
        blank_keys(of, table, "defect_no", ids);
    } else {
        throw std::logic_error("nothing says what is kept of " + table);
    }
    return of.connection.execute(fmt::format("UPDATE {} SET {}{}{} WHERE id IN ({})",
                                             table,
                                             kNoSource,
                                             set.empty() ? "" : ", ",
                                             set,
                                             ids),
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

std::shared_ptr<const store::ErasedPeople> only(const Person& person, const base::SealKeys& keys) {
    base::KeyedDigest digest = keys.digest(store::kErasedPurpose);
    auto people = std::make_shared<store::ErasedPeople>();
    for (const NumberOf& number : numbers_of(person)) {
        people->add(store::erased_digest(digest, number.field, number.number));
    }
    return people;
}

}  // namespace hrbridge::people
