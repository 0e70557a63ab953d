#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "daemon/base/keyed_digest.h"
#include "daemon/base/seal.h"
#include "daemon/store/sql.h"
#include "daemon/store/store.h"

namespace hrbridge::store {

// SealKeys::digest() of the numbers of erased people.
inline constexpr std::string_view kErasedPurpose = "erased number 1";

// `field` is "employment_spell.employee_no"; equal only for the same number, case and all.
std::string erased_digest(base::KeyedDigest& digest,
                          std::string_view field,
                          std::string_view number);

// The numbers of those who were erased. Immutable; thread-safe.
class ErasedPeople {
  public:
    ErasedPeople() = default;  // nobody
    explicit ErasedPeople(std::unordered_set<std::string> digests) : digests_(std::move(digests)) {}

    // Throws StoreError(Stop) when the digests cannot be made with these keys: then nobody may read
    // a source, which could bring an erased person back.
    static std::shared_ptr<const ErasedPeople> read(sql::Connection& connection,
                                                    const base::SealKeys* keys);

    bool empty() const { return digests_.empty(); }
    bool holds(const std::string& digest) const { return digests_.contains(digest); }

  private:
    std::unordered_set<std::string> digests_;
};

// What is left of their employments.
std::set<std::int64_t> erased_spells(sql::Connection& connection);

// A condition on the entity's rows under this alias: those that are about nobody who was erased.
// "TRUE" where all are.
std::string of_nobody_erased(sql::Connection& connection,
                             const EntityTable& table,
                             std::string_view alias);

}  // namespace hrbridge::store
