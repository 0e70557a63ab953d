#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "tests/e2e/support/store_content.h"

namespace hrbridge::e2e {

// Reads the rows of entities and computes the hash that each should have, without the loader's
// code: from the stored columns alone.
class RowReader {
  public:
    RowReader(store::sql::Connection& connection,
              const base::SealKeys& keys,
              const std::vector<engine::Mapping>& mappings);

    const std::vector<store::EntityTable>& entities() const { return entities_; }
    // `table` is the entity's or that of its history.
    std::vector<StoredRow> read(const store::EntityTable& entity, const std::string& table);
    // The natural key of an entity's row, its parts joined by "/".
    const std::string& key_of(const std::string& entity, std::int64_t id);

  private:
    using Cells = std::map<std::string, base::Value>;  // by column

    Cells cells_of(const store::EntityTable& entity, const store::sql::Rows& rows);
    std::string hash_of(const store::EntityTable& entity, const Cells& cells) const;
    const store::EntityTable& entity(const std::string& name) const;

    store::sql::Connection& connection_;
    const base::SealKeys& keys_;
    std::map<std::string, const engine::Mapping*> mappings_;  // by entity
    std::vector<store::EntityTable> entities_;
    std::map<std::string, std::map<std::int64_t, std::string>> known_keys_;
};

// For people and comparisons: NULL, numbers, texts and bytes (as hex) look different.
std::string printed(const base::Value& value);

}  // namespace hrbridge::e2e
