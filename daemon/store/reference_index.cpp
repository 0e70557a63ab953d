#include "daemon/store/reference_index.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace hrbridge::store {
namespace {

constexpr std::int64_t kSmallParent = 200'000;
constexpr std::size_t kMostKnown = 400'000;
constexpr std::size_t kLookUpKeys = 200;
constexpr std::size_t kFewKeys = 8;  // the server reads a list of many for longer than it looks up
constexpr std::size_t kMostMissing = 10'000;

}  // namespace

void ReferenceIndex::find(std::span<const std::string_view> keys, std::vector<std::int64_t>& ids) {
    load_if_small();
    ids.assign(keys.size(), 0);
    std::vector<std::string_view> missing;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto known = ids_.find(keys[i]);
        if (known != ids_.end()) {
            ids[i] = known->second;
        } else if (missing_.find(keys[i]) == missing_.end()) {
            missing.push_back(keys[i]);
        }
    }
    if (missing.empty()) {
        return;
    }
    look_up(std::move(missing));
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto known = ids[i] == 0 ? ids_.find(keys[i]) : ids_.end();
        if (known != ids_.end()) {
            ids[i] = known->second;
        }
    }
}

void ReferenceIndex::forget() {
    ids_.clear();
    missing_.clear();
    loaded_ = false;
}

void ReferenceIndex::load_if_small() {
    if (loaded_) {
        return;
    }
    loaded_ = true;
    std::int64_t size = 0;
    {
        const auto rows = connection_.query(
            fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} LIMIT {}) AS first_rows",
                        entity_,
                        live_,
                        kSmallParent + 1),
            {});
        rows->next();
        size = rows->integer(0);
    }
    if (size > kSmallParent) {
        return;
    }
    ids_.reserve(static_cast<std::size_t>(size));
    const auto rows = connection_.query(
        fmt::format("SELECT id, {} FROM {} WHERE {}", key_column_, entity_, live_), {});
    while (rows->next()) {
        ids_.emplace(rows->text(1), rows->integer(0));
    }
}

void ReferenceIndex::look_up(std::vector<std::string_view> missing) {
    std::sort(missing.begin(), missing.end());
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    if (ids_.size() + missing.size() > kMostKnown) {
        ids_.clear();
    }
    const std::size_t keys = missing.size() <= kFewKeys ? kFewKeys : kLookUpKeys;
    std::string marks;
    for (std::size_t i = 1; i <= keys; ++i) {
        marks += fmt::format("{}${}", i == 1 ? "" : ", ", i);
    }
    const std::string query = fmt::format(
        "SELECT id, {0} FROM {1} WHERE {2} AND {0} IN ({3})", key_column_, entity_, live_, marks);
    for (std::size_t first = 0; first < missing.size(); first += keys) {
        std::vector<base::Value> values;
        for (std::size_t i = 0; i < keys; ++i) {
            // The last chunk repeats its last key: one statement serves all.
            values.emplace_back(std::string(missing[std::min(first + i, missing.size() - 1)]));
        }
        const auto rows = connection_.query(query, values);
        while (rows->next()) {
            ids_.insert_or_assign(rows->text(1), rows->integer(0));
        }
    }
    if (remembers_missing_) {
        remember_missing(missing);
    }
}

void ReferenceIndex::remember_missing(const std::vector<std::string_view>& keys) {
    for (const std::string_view key : keys) {
        if (missing_.size() < kMostMissing && ids_.find(key) == ids_.end()) {
            missing_.emplace(key);
        }
    }
}

}  // namespace hrbridge::store
