#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "migration/ledger/bodies.h"
#include "migration/ledger/note.h"

namespace hrbridge::ledger {

inline constexpr std::size_t kMostBodyBytes = 16U << 10U;

// Canonical JSON: one object, keys sorted by their bytes, no blanks, whole numbers, digests in
// lower-case hex, text as UTF-8 with only ", \ and control characters escaped. One body has one
// text. Throws std::invalid_argument for a body that parse_body() would refuse.
std::string to_json(const Body& body);

// Takes canonical text only; else nullopt, and `why` names the field ("body_…" of the catalogue).
std::optional<Body> parse_body(Kind kind, std::string_view text, Note& why);

}  // namespace hrbridge::ledger
