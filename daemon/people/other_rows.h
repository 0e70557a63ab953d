#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/people/left_over.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::people {

using RowCounts = std::map<std::string, std::int64_t>;  // by table

// What was found of the person, notes and messages about it. A note of his own stays without his
// name.
void erase_findings(const LeftOver& of, RowCounts& deleted);

// The accounts of the pages that belong to him in WeCom.
std::vector<std::string> accounts_of(store::sql::Connection& connection, const Person& person);

struct Received {
    store::sql::Connection& connection;
    const base::SealKeys& keys;
    const std::vector<engine::Mapping>& mappings;
};
// What terminals and WeCom sent of him, as it came.
void erase_received(const Received& from, const Person& person, RowCounts& deleted);

}  // namespace hrbridge::people
