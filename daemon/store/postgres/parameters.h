#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "daemon/base/value.h"

namespace hrbridge::store::postgres {

// The values of a statement in the form PQsendQueryParams wants. Each has its type, so that the
// server does not guess; only NULL leaves it open. Points into `values`, which outlive it.
class Parameters {
  public:
    explicit Parameters(std::span<const base::Value> values);

    int count() const { return static_cast<int>(types_.size()); }
    const Oid* types() const { return types_.data(); }
    const char* const* texts() const { return pointers_.data(); }
    const int* lengths() const { return lengths_.data(); }
    const int* formats() const { return formats_.data(); }

  private:
    void add(const base::Value& value);

    std::vector<std::string> storage_;
    std::vector<Oid> types_;
    std::vector<const char*> pointers_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

}  // namespace hrbridge::store::postgres
