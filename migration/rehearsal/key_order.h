#pragma once

#include <compare>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "daemon/store/sql.h"

namespace hrbridge::rehearsal {

// Whether rows come in the order of their keys as the content root takes them (texts by their
// bytes, NULL first), each key once.
class KeyOrder {
  public:
    // Whether this key lies behind the one before. `key`: its cells, of these types.
    bool goes_on(std::span<const base::FieldType> types, std::span<const store::sql::ScanCell> key);

  private:
    bool last_is_less(std::span<const base::FieldType> types,
                      std::span<const store::sql::ScanCell> key) const;
    std::strong_ordering compare(base::Kind kind,
                                 std::size_t part,
                                 const store::sql::ScanCell& cell) const;

    bool started_ = false;
    std::vector<store::sql::ScanCell> last_;
    std::vector<std::string> bytes_;  // what last_ does not own
};

}  // namespace hrbridge::rehearsal
