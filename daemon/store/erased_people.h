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

// `field` is "employment_spell.employee_no". Letters A-Z count as small ones, since sources and
// devices write one person's number in both.
std::string erased_digest(base::KeyedDigest& digest,
                          std::string_view field,
                          std::string_view number);

// The numbers of those who were erased. Immutable; thread-safe.
class ErasedPeople {
  public:
    ErasedPeople() = default;  // nobody
    ErasedPeople(std::unordered_set<std::string> digests, std::int64_t epoch)
        : digests_(std::move(digests)), epoch_(epoch) {}

    // Throws StoreError(Stop) when the digests cannot be made with these keys: then nobody may read
    // a source, which could bring an erased person back.
    static ErasedPeople read(sql::Connection& connection, const base::SealKeys* keys);

    bool empty() const { return digests_.empty(); }
    bool holds(const std::string& digest) const { return digests_.contains(digest); }
    void add(const std::string& digest) { digests_.insert(digest); }
    // The store's newest erasure before they were read.
    std::int64_t epoch() const { return epoch_; }

  private:
    std::unordered_set<std::string> digests_;
    std::int64_t epoch_ = 0;
};

// For a batch's transaction, before its first other act: whether nobody was erased since `epoch`;
// and nobody will be before the transaction ends.
bool nobody_erased_since(sql::Connection& connection, std::int64_t epoch);
// For another transaction that no erasure, hold or release may come into; until it ends.
void keep_erasures_out(sql::Connection& connection);
// For an erasure's transaction, or that of a hold, before its first other act: waits for the
// batches under way and keeps new ones out. Throws StoreError(Retry) when one of them lasts longer
// than half a minute.
void begin_erasure(sql::Connection& connection);

// What is left of their employments.
std::set<std::int64_t> erased_spells(sql::Connection& connection);

// A condition on the entity's rows under this alias: those that are about nobody who was erased.
// "TRUE" where all are.
std::string of_nobody_erased(sql::Connection& connection,
                             const EntityTable& table,
                             std::string_view alias);

}  // namespace hrbridge::store
