#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/people/person.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/sql.h"

namespace hrbridge::people {

struct LeftOver {
    store::sql::Connection& connection;
    const Person& person;
    std::int64_t erasure = 0;  // names what is left
    const base::Zone& zone;    // of the plant
};

// Takes from the rows with these ids ("0, 7, 12") of a table that is kept what says of whom they
// are: names, numbers, pay, hours, the link to the source. Days of employment become months, and of
// when work began and ended the day stays, which tells shifts across midnight. A key of the
// source's own stays where none of his numbers is in it, so that the row can be put right. Gives
// the number of rows.
std::int64_t blank_rows(const LeftOver& of, const std::string& table, const std::string& ids);

// By what sources name the person, and which row of the store it is the number of.
struct NumberOf {
    std::string field;
    std::string number;
    std::int64_t row = 0;
};
std::vector<NumberOf> numbers_of(const Person& person);
// As if this person alone was erased.
std::shared_ptr<const store::ErasedPeople> only(const Person& person, const base::SealKeys& keys);

}  // namespace hrbridge::people
