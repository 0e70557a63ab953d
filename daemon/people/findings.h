#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/people/left_over.h"

namespace hrbridge::people {

// Deletes what was found of the person, notes and messages about it, and adds the numbers of rows
// by table. A note of his own stays without his name.
void erase_findings(const LeftOver& of, std::map<std::string, std::int64_t>& deleted);

// The accounts of the pages that belong to him in WeCom.
std::vector<std::string> accounts_of(store::sql::Connection& connection, const Person& person);

}  // namespace hrbridge::people
