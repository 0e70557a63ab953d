#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "daemon/base/row_hash.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// Natural key (text) → id of a parent entity. A small parent (up to 200,000 rows) is read once as
// a whole; of a large one only the keys that come up are looked up. Ids never change, so what is
// known stays right; a key that is not known is looked up again each time, or once a batch. Throws
// StoreError.
class ReferenceIndex {
  public:
    // Whether a parent that is gone from its source still is one.
    enum class Gone { Unknown, Found };
    // When a missing parent is looked up again. Once a batch is right where no batch brings itself
    // the parents of its rows; each look ends the stream of rows into the store.
    enum class Missing { AskedAgain, AskedOnceABatch };

    ReferenceIndex(sql::Connection& connection,
                   std::string entity,
                   std::string key_column,
                   Gone gone = Gone::Unknown,
                   Missing missing = Missing::AskedAgain)
        : connection_(connection),
          entity_(std::move(entity)),
          key_column_(std::move(key_column)),
          live_(gone == Gone::Found ? "TRUE" : "gone_at IS NULL"),
          remembers_missing_(missing == Missing::AskedOnceABatch) {}

    // ids[i] is the id of keys[i], 0 when there is no such parent.
    void find(std::span<const std::string_view> keys, std::vector<std::int64_t>& ids);
    // A batch begins: others may have stored what was missing.
    void forget_missing() { missing_.clear(); }
    // After a rollback: the parent may have been part of it.
    void forget();

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return base::hash64(text); }
    };

    void load_if_small();
    void look_up(std::vector<std::string_view> missing);
    void remember_missing(const std::vector<std::string_view>& keys);

    sql::Connection& connection_;
    std::string entity_;
    std::string key_column_;
    std::string live_;  // condition
    bool remembers_missing_;
    bool loaded_ = false;
    std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> ids_;
    std::unordered_set<std::string, Hash, std::equal_to<>> missing_;
};

}  // namespace hrbridge::store
