#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/base/time.h"
#include "daemon/store/sql.h"

namespace hrbridge::people {

struct Spell {
    std::int64_t id = 0;
    std::string employee_no;
    base::Date hire_date;
    std::optional<base::Date> end_date;  // the last day or the first that no longer counts
    std::optional<base::Date> probation_end;
};

// A person of the store, with all employments; rows that are gone from their source count too.
struct Person {
    std::int64_t id = 0;
    std::string person_no;
    std::string name;
    std::optional<std::string> wecom_userid;
    std::vector<Spell> spells;

    // Whether an employment has not ended by that day.
    bool is_employed(base::Date today) const;
    // Whether he had an employment, and all ended before that day.
    bool left_before(base::Date day) const;
};

std::optional<Person> read_person(store::sql::Connection& connection, std::int64_t id);

// Those whose own number, or that of one of their employments, this is: several where a number
// means one person as the one and another as the other. Never who was erased.
std::vector<Person> find_people(store::sql::Connection& connection, const std::string& number);

// All ids by store::erased_digest() of the person_no.
std::map<std::string, std::int64_t> everybody(store::sql::Connection& connection,
                                              const base::SealKeys& keys);

// Ids of those all of whose employments ended before that day, who have one, are not erased and not
// on hold; lowest first.
std::vector<std::int64_t> ended_before(store::sql::Connection& connection,
                                       base::Date day,
                                       std::size_t limit);

}  // namespace hrbridge::people
