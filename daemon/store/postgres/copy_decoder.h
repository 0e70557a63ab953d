#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "daemon/store/sql.h"

struct pg_conn;
struct pg_result;

namespace hrbridge::store::postgres {

// Takes the messages of COPY … TO STDOUT (FORMAT binary) apart. Throws StoreError when they are not
// of that form.
class CopyDecoder {
  public:
    explicit CopyDecoder(std::span<const base::FieldType> types)
        : types_(types.begin(), types.end()), cells_(types.size()) {}

    // Calls `row` for each row in the message; its cells point into it.
    void decode(std::string_view message, const sql::ScanRow& row);

  private:
    std::string_view take_head(std::string_view message);
    std::string_view take_row(std::string_view message);

    std::vector<base::FieldType> types_;
    std::vector<sql::ScanCell> cells_;
    bool head_seen_ = false;
};

// Reads all rows of a COPY … TO STDOUT that was started; its result is then to be got. When `row`
// throws, the COPY is cancelled and its results are gone.
void copy_out(pg_conn* connection, std::span<const base::FieldType> types, const sql::ScanRow& row);
// The rows of a result in binary format.
void scan_result(const pg_result& result,
                 std::span<const base::FieldType> types,
                 const sql::ScanRow& row);

}  // namespace hrbridge::store::postgres
