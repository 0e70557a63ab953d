#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "daemon/app/demo/company.h"

namespace hrbridge::app::demo {

// How many rows a mapping must refuse or hold for a planted fault, by (mapping, rule).
using PlantedFaults = std::map<std::pair<std::string, std::string>, std::int64_t>;

// Writes the ERP's database (SQLite, text in GB18030 as old ERPs keep it) with its planted faults.
void write_erp(const Company& company, const std::string& path, PlantedFaults& planted);

// Writes the MES's database: 24 months of work reports and defects.
void write_mes(const Company& company, const std::string& path, PlantedFaults& planted);

// The faults in words, for the summary: "erp/person F05" → "身份证校验位错误".
std::string fault_name(const std::string& mapping, const std::string& rule);

}  // namespace hrbridge::app::demo
