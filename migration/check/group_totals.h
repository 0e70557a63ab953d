#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "migration/check/entity.h"

namespace hrbridge::check {

// As the fields of `group:` are shown; nullopt: NULL.
using Group = std::vector<std::optional<std::string>>;

// The store's side of a balance.
struct GroupTotals {
    std::map<Group, std::vector<base::Value>> of;  // in the order of the form's `of:`
    std::int64_t rows = 0;
};

// Over the live rows that the rule keeps. PostgreSQL adds up whole numbers, exactly; all else,
// and what is sealed, is read row by row and added here, in exact numbers and in memory alone. A
// sum over nothing is 0, an extreme of nothing NULL; without `group:` there is one group, also of
// no rows. Throws CannotCheck.
GroupTotals group_totals(const Scope& scope, const Entity& entity, const RuleSpec& rule);

}  // namespace hrbridge::check
