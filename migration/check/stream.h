#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "migration/check/entity.h"

namespace hrbridge::check {

// A live row: its id and the fields that were asked for, a reference as the parent's natural key.
using StreamRow = std::function<void(std::int64_t id, std::span<const base::Value> cells)>;

// A scanned cell as a value.
base::Value to_value(const store::sql::ScanCell& cell, const base::FieldType& type);
// As people read it: a text itself, all else in its plain notation.
std::string shown_text(const base::Value& value);
// What is sealed is a value's plain notation; nullopt where it is none of this type.
std::optional<base::Value> parse_plain(std::string text, const base::FieldType& type);

struct StreamPlan {
    std::vector<std::string> fields;
    std::string where = {};
    bool by_key = false;  // in the order of the natural key
};

// Reads an entity row by row. What the store seals is opened in memory, as a value of the mapping's
// type, and written nowhere: `row` must not keep or show it. A row with a value that cannot be
// opened is passed over; behind the last row CannotCheck names those values.
void stream_rows(const Scope& scope,
                 const Entity& entity,
                 const StreamPlan& plan,
                 const StreamRow& row);

}  // namespace hrbridge::check
