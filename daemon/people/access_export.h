#pragma once

#include <string>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/people/person.h"
#include "daemon/store/sql.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::people {

struct ExportParts {
    store::sql::Connection& connection;
    const base::SealKeys& keys;
    const std::vector<engine::Mapping>& mappings;
    base::Timestamp now;
};

// All that the store holds of a person as one JSON document, sealed fields opened: his rows by
// entity and their versions, what was found of him with its evidence and notes, messages about it,
// refused rows that are about him, what terminals sent. Values of other people are not in it,
// though rows of his may name them. In a transaction that sees one state of the store. Throws
// StoreError.
std::string access_export(const ExportParts& parts, const Person& person);

}  // namespace hrbridge::people
