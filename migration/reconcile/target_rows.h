#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/row_hash.h"
#include "migration/check/entity.h"

namespace hrbridge::reconcile {

// A live row of the store as reconciliation sees it.
struct TargetRow {
    std::int64_t id = 0;
    std::int64_t batch = 0;
    base::RowHash key;     // of the natural key, references by their parents' keys
    base::RowHash hash;    // computed of the values that are there now
    base::RowHash stored;  // the column row_hash: taken of the source's row when it was written
    bool without_parent = false;  // an optional reference is NULL, which `stored` may say otherwise
};

// The values of one row, in the order of TargetRows::fields(); a sealed one is opened. One that
// cannot be opened stands as its bytes, one of another type as its text: neither is the source's.
struct TargetCells {
    std::int64_t id = 0;
    std::vector<base::Value> key;
    std::vector<base::Value> cells;
};

// Reads what a mapping has filled of an entity, over one connection (the scope's). Hashes are row
// hashes by ARCHITECTURE.md ("Row hash 2"), computed anew from the cells.
class TargetRows {
  public:
    // Throws check::CannotCheck where a field is sealed and there is no key, or not in the store.
    TargetRows(const check::Scope& scope,
               const std::vector<store::EntityTable>& tables,
               const engine::Mapping& mapping);

    // The mapping's fields that the store keeps, in their order.
    const std::vector<const engine::FieldRule*>& fields() const { return fields_; }
    const check::Entity& entity() const { return entity_; }
    bool has_sealed() const { return has_sealed_; }

    // All live rows by the bulk path. What `row` throws ends the scan. Throws CannotCheck where no
    // sealed value can be opened: then the keys are others, which is no fault of the rows.
    void scan(const std::function<void(const TargetRow&)>& row);
    // Of these live rows, in the order of ids; those that are gone are left out.
    std::vector<TargetCells> fetch(const std::vector<std::int64_t>& ids);
    // As it is shown: personal parts masked.
    std::string shown_key(const std::vector<base::Value>& key) const;

  private:
    base::Value value_of(std::span<const store::sql::ScanCell> cells, std::size_t column) const;
    std::string key_text(std::span<const store::sql::ScanCell> cells) const;
    base::Value opened(std::span<const store::sql::ScanCell> cells, std::size_t field);
    void add_field(std::span<const store::sql::ScanCell> cells, std::size_t field);
    std::string select(const std::string& where) const;

    const check::Scope& scope_;
    check::Entity entity_;
    std::vector<const engine::FieldRule*> fields_;
    std::vector<bool> sealed_;         // by field
    std::vector<std::size_t> places_;  // by field: its column, which a part of the key may be
    bool has_sealed_ = false;
    bool any_opened_ = false;  // of sealed values
    std::string unopened_;     // a field with one that could not be opened; empty: none
    std::string columns_;
    std::string joins_;
    std::vector<base::FieldType> types_;
    std::size_t keys_ = 0;
    base::RowHasher hasher_;
    std::optional<base::KeyedDigest> digest_;
};

// Adds a value as the cell that it is.
void add_cell(base::RowHasher& hasher, const base::Value& value);

}  // namespace hrbridge::reconcile
