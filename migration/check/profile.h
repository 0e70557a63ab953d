#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "migration/check/scope.h"

namespace hrbridge::check {

// What a field's values are like over all live rows.
struct FieldProfile {
    std::string entity;
    std::string field;
    std::int64_t rows = 0;
    std::int64_t nulls = 0;
    std::optional<std::int64_t> longest;        // characters of a text
    std::optional<std::int64_t> distinct;       // absent: sealed
    std::map<std::string, std::int64_t> codes;  // rows of each; only of few, impersonal texts
    bool has_codes = false;

    friend bool operator==(const FieldProfile&, const FieldProfile&) = default;
};

// Of every field of the entities that the scope's mappings load, in the order of their names.
std::vector<FieldProfile> measure_profiles(const Scope& scope);

// Replaces what is kept. In the caller's transaction.
void keep_profiles(store::sql::Connection& connection, const std::vector<FieldProfile>& profiles);
std::vector<FieldProfile> kept_profiles(store::sql::Connection& connection);

// A field that is not alike in two loads. `before` or `after` is absent where it has no profile.
struct ProfileChange {
    std::string entity;
    std::string field;
    std::optional<FieldProfile> before;
    std::optional<FieldProfile> after;
    std::vector<std::string> codes_gone;
    std::vector<std::string> codes_come;
};
std::vector<ProfileChange> compare_profiles(const std::vector<FieldProfile>& before,
                                            const std::vector<FieldProfile>& after);

}  // namespace hrbridge::check
