#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/base/value.h"

namespace hrbridge::engine {

// A cell's typed value: `word` of Int, Bool, Date (days) and Timestamp (microseconds), `decimal` at
// the type's scale. Text and Bytes stay text.
struct Typed {
    std::int64_t word = 0;
    base::Int128 decimal = 0;
};

// Reads texts as one type. Exact: what does not fit is a problem, nothing is rounded or cut.
// Not thread-safe (it remembers the zone's offset of the days it met).
class Converter {
  public:
    Converter(base::FieldType type, base::Zone zone);

    // What is wrong, without showing the value; empty when nothing is. `text` is valid UTF-8.
    std::string_view convert(std::string_view text, Typed& out);
    void append(std::string_view text, const Typed& typed, base::Column& column) const;
    // The day of a Date, or of a Timestamp in the zone.
    base::Date day_of(const Typed& typed) const;

    const base::FieldType& type() const { return type_; }

  private:
    std::string_view convert_decimal(std::string_view text, Typed& out) const;
    std::string_view convert_date(std::string_view text, Typed& out) const;
    std::string_view convert_timestamp(std::string_view text, Typed& out);
    std::int64_t instant_of(std::int64_t local_microseconds);

    struct Day {
        std::int64_t day = INT64_MIN;
        bool steady = false;      // one offset all day long
        std::int64_t offset = 0;  // microseconds to add to local time
    };

    base::FieldType type_;
    base::Zone zone_;
    std::vector<Day> days_;
};

// A bound of `range:`: a number, a date, or today, today-16y, today+60d, today-6m. `as_high` takes
// the last moment of a day for timestamps. nullopt when it does not fit the type.
std::optional<base::Int128> parse_bound(std::string_view text,
                                        const base::FieldType& type,
                                        base::Date today,
                                        const base::Zone& zone,
                                        bool as_high);

}  // namespace hrbridge::engine
