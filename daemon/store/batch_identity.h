#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// What makes a batch this batch and no other.
struct BatchPlace {
    std::string mapping_hash;
    std::int64_t run_id = 0;
    std::int64_t number = 0;     // of the batch in its run
    std::string lower_position;  // the checkpoint's position when the batch began
    std::optional<base::Timestamp> window_to;
};

// SHA-256 over the place, 32 bytes.
std::string batch_identity(const BatchPlace& place);

// Whether a batch with this identity is in the store.
bool batch_committed(sql::Connection& connection, const std::string& identity);

// The connection was lost while a commit was under way: ask batch_committed() on a new one.
class CommitUnknown final : public base::StoreError {
  public:
    CommitUnknown(const base::StoreError& cause, std::string identity)
        : StoreError(cause.code(), cause.remedy(), cause.what()), identity_(std::move(identity)) {}
    const std::string& identity() const { return identity_; }

  private:
    std::string identity_;
};

}  // namespace hrbridge::store
