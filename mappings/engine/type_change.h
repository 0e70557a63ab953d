#pragma once

#include <string>

#include "daemon/base/raw_block.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::engine {

enum class TypeChange { None, Widened, Narrowed, Retyped };

// A contract's type against the one that the source describes now. Drivers name types differently,
// so families are compared, then lengths, digits, decimals, the range of whole numbers and the
// decimals of a second, each only as far as both sides say it: an unknown size is no change, but
// a bound that has gone is a wider type.
TypeChange compare_types(const ContractColumn& contract, const base::DescribedColumn& now);

// "decimal(12,2)", "datetime(6)", "int unsigned"
std::string type_text(const ContractColumn& contract);
std::string type_text(const base::DescribedColumn& column);

}  // namespace hrbridge::engine
