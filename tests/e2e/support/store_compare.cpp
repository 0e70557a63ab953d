#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "tests/e2e/support/store_content.h"

namespace hrbridge::e2e {
namespace {

constexpr std::size_t kNamed = 3;

using Aspect = std::function<std::string(const StoredRow&)>;

// By what is compared, the rows' names; without the rows that have nothing of the kind.
std::multimap<std::string, std::string> sorted(const std::vector<StoredRow>& rows,
                                               const Aspect& aspect) {
    std::multimap<std::string, std::string> out;
    for (const StoredRow& row : rows) {
        if (aspect(row).empty()) {
            continue;
        }
        out.emplace(aspect(row), row.key + (row.cells.empty() ? "" : " (" + row.cells + ")"));
    }
    return out;
}

std::vector<std::string> only_in_first(const std::vector<StoredRow>& first,
                                       const std::vector<StoredRow>& second,
                                       const Aspect& aspect) {
    const auto left = sorted(first, aspect);
    const auto right = sorted(second, aspect);
    std::vector<std::pair<std::string, std::string>> missing;
    std::set_difference(left.begin(),
                        left.end(),
                        right.begin(),
                        right.end(),
                        std::back_inserter(missing),
                        [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> names;
    for (const auto& [value, name] : missing) {
        names.push_back(name);
    }
    return names;
}

void compare(const std::string& table,
             const std::string& what,
             const std::pair<const std::vector<StoredRow>&, const std::vector<StoredRow>&>& rows,
             const Aspect& aspect,
             std::vector<std::string>& out) {
    for (const bool left : {true, false}) {
        const auto names = left ? only_in_first(rows.first, rows.second, aspect)
                                : only_in_first(rows.second, rows.first, aspect);
        if (!names.empty()) {
            const std::vector<std::string> some(
                names.begin(),
                names.begin() + static_cast<std::ptrdiff_t>(std::min(kNamed, names.size())));
            out.push_back(fmt::format("{}: {} {} only on the {}: {}",
                                      table,
                                      names.size(),
                                      what,
                                      left ? "left" : "right",
                                      fmt::join(some, "; ")));
        }
    }
}

const std::vector<StoredRow>& rows_of(const StoreContent& content, const std::string& table) {
    static const std::vector<StoredRow> kNone;
    const auto found = content.find(table);
    return found == content.end() ? kNone : found->second;
}

}  // namespace

std::vector<std::string> differences(const StoreContent& left, const StoreContent& right) {
    std::set<std::string> tables;
    for (const StoreContent* content : {&left, &right}) {
        for (const auto& [table, rows] : *content) {
            tables.insert(table);
        }
    }
    std::vector<std::string> out;
    for (const std::string& table : tables) {
        const std::pair<const std::vector<StoredRow>&, const std::vector<StoredRow>&> rows{
            rows_of(left, table), rows_of(right, table)};
        compare(
            table, "stored hashes", rows, [](const auto& r) { return r.stored_hash; }, out);
        compare(
            table, "computed hashes", rows, [](const auto& r) { return r.computed_hash; }, out);
        compare(
            table, "rows", rows, [](const auto& r) { return r.key + '\n' + r.cells; }, out);
    }
    return out;
}

std::vector<std::string> wrong_hashes(const StoreContent& content) {
    std::vector<std::string> out;
    for (const auto& [table, rows] : content) {
        for (const StoredRow& row : rows) {
            if (row.stored_hash != row.computed_hash) {
                out.push_back(table + " " + row.key);
            }
        }
    }
    return out;
}

std::vector<std::string> rewritten(const StoreContent& before, const StoreContent& after) {
    std::vector<std::string> out;
    for (const auto& [table, rows] : after) {
        std::set<std::string> places;
        for (const StoredRow& row : rows_of(before, table)) {
            places.insert(row.place);
        }
        for (const StoredRow& row : rows) {
            if (!row.place.empty() && places.count(row.place) == 0) {
                out.push_back(table + " " + row.key);
            }
        }
    }
    return out;
}

}  // namespace hrbridge::e2e
