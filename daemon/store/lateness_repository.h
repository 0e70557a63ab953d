#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// A row that came late.
struct LateRow {
    std::int64_t late_s = 0;    // at most: from its watermark to the reading that found it
    std::int64_t behind_s = 0;  // so far it lay behind the last window's end
};
struct Lateness {
    std::string mapping;
    std::int64_t rows = 0;
    std::int64_t latest_s = 0;   // the greatest late_s
    std::int64_t deepest_s = 0;  // the greatest behind_s: the overlap that was needed
};

// The upper bounds of the buckets in which late rows are counted, in seconds.
const std::vector<double>& lateness_buckets();

class LatenessRepository {
  public:
    explicit LatenessRepository(sql::Connection& connection) : connection_(connection) {}
    void add(const std::string& mapping, const std::vector<LateRow>& rows, base::Timestamp now);
    // Of every mapping that has late rows, by name.
    std::vector<Lateness> all();

  private:
    sql::Connection& connection_;
};

}  // namespace hrbridge::store
