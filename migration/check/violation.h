#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "migration/check/entity.h"

namespace hrbridge::check {

// Rows that break a rule, as SQL: `rows` is a SELECT of row_no from `checked` (the rows that the
// rule looks at) and from what `beside` defines.
struct Violation {
    std::string checked;     // SELECT with row_no
    std::string where = {};  // which live rows it keeps; empty: all
    std::string beside;      // ", spans AS (…)": further tables of the WITH
    std::string rows;
    std::string field;                     // of the located rows; empty: none
    std::vector<base::Value> values = {};  // of the placeholders in `rows`
};

struct FoundRow {
    std::int64_t id = 0;
    Located located;
};
struct Found {
    std::int64_t examined = 0;
    std::int64_t failed = 0;     // rows
    std::vector<FoundRow> rows;  // the first of them by natural key
};

// Of a SELECT.
std::int64_t count_rows(const Scope& scope, const std::string& select);
Found find_rows(const Scope& scope, const Entity& entity, const Violation& violation);
// The same of rows whose ids are known.
std::vector<FoundRow> locate(const Scope& scope,
                             const Entity& entity,
                             const std::vector<std::int64_t>& ids,
                             const std::string& field);
std::string with_clause(const Violation& violation);
// "1, 2, 3"
std::string id_list(const std::vector<std::int64_t>& ids);

// Runs one rule in a transaction of its own and says what became of it: CannotCheck and a store
// that refuses a statement are "not checked". `work` fills examined, failed, figures and where; the
// outcome follows from `failed`.
Verdict judge(const Scope& scope, Verdict verdict, const std::function<void(Verdict&)>& work);
void take(Verdict& verdict, Found found);

}  // namespace hrbridge::check
