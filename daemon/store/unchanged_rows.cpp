#include "daemon/store/unchanged_rows.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include <fmt/format.h>

namespace hrbridge::store {
namespace {

constexpr std::size_t kMostStoredARow = 3;  // rows asked for, for each row of the block
constexpr std::size_t kWorth = 8;           // one of so many is to be unchanged
constexpr std::uint32_t kLongestPause = 63;

struct HashOfHash {
    std::size_t operator()(const base::RowHash& hash) const {
        std::size_t word = 0;
        std::memcpy(&word, hash.bytes.data(), sizeof word);
        return word;
    }
};

template <typename T>
int order_of(const T& a, const T& b) {
    return a < b ? -1 : static_cast<int>(b < a);
}

int order_of_cells(const base::Column& column, std::size_t a, std::size_t b) {
    switch (column.type().kind) {
        case base::Kind::Text:
        case base::Kind::Bytes:
            return column.bytes(a).compare(column.bytes(b));
        case base::Kind::Decimal:
            return order_of(column.decimal(a), column.decimal(b));
        case base::Kind::Int:
        case base::Kind::Bool:
        case base::Kind::Date:
        case base::Kind::Timestamp:
            break;
    }
    return order_of(column.word(a), column.word(b));
}

std::string list(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) {
        all += (all.empty() ? "" : ", ") + name;
    }
    return names.size() == 1 ? all : "(" + all + ")";
}

std::string marks(std::size_t first, std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(fmt::format("${}", first + i));
    }
    return list(all);
}

}  // namespace

UnchangedRows::UnchangedRows(sql::Connection& connection,
                             const BatchPlan& plan,
                             const std::optional<SourceMap>& timed)
    : connection_(connection), plan_(plan), timed_(timed.has_value()) {
    const auto& key = plan.table.key;
    // A row that is to be marked as found, or whose time moved on, is staged.
    const std::string found =
        timed ? fmt::format(" AND source_map = {} AND source_row = 0", timed->found) : "";
    select_ = fmt::format(
        "SELECT row_hash{} FROM {} WHERE {} >= {} AND {} <= {} AND gone_at IS NULL{} LIMIT ${}",
        timed ? ", source_time" : "",
        plan.table.name,
        list(key),
        marks(1, key.size()),
        list(key),
        marks(1 + key.size(), key.size()),
        found,
        1 + (2 * key.size()));
}

bool UnchangedRows::rules_allow(const BatchPlan& plan, bool timed) {
    return plan.rules.empty() ||
           (timed && plan.unstored.empty() &&
            std::all_of(plan.rules.begin(), plan.rules.end(), [](const StagedRule& rule) {
                return rule.of_fields && !rule.flag_only;
            }));
}

// Lowest key, highest key; empty when a key is NULL.
std::vector<base::Value> UnchangedRows::bounds(const StagedBlock& block) const {
    std::vector<const base::Column*> key;
    for (const std::string& name : plan_.table.key) {
        key.push_back(block.find(name));
    }
    const auto is_below = [&](std::size_t a, std::size_t b) {
        for (const base::Column* column : key) {
            if (const int order = order_of_cells(*column, a, b); order != 0) {
                return order < 0;
            }
        }
        return false;
    };
    std::size_t lowest = 0;
    std::size_t highest = 0;
    for (std::size_t row = 0; row < block.rows(); ++row) {
        if (std::any_of(key.begin(), key.end(), [&](const base::Column* column) {
                return column->is_null(row);
            })) {
            return {};
        }
        lowest = is_below(row, lowest) ? row : lowest;
        highest = is_below(highest, row) ? row : highest;
    }
    std::vector<base::Value> values;
    for (const std::size_t row : {lowest, highest}) {
        for (const base::Column* column : key) {
            values.push_back(column->value(row));
        }
    }
    return values;
}

bool UnchangedRows::find(const StagedBlock& block, std::vector<std::uint8_t>& keep) {
    if (skip_ > 0) {
        --skip_;
        return false;
    }
    std::vector<base::Value> values = bounds(block);
    if (values.empty()) {
        return false;
    }
    values.emplace_back(static_cast<std::int64_t>(block.rows() * kMostStoredARow));
    std::vector<base::FieldType> types{base::FieldType{base::Kind::Bytes}};
    if (timed_) {
        types.push_back(base::FieldType{base::Kind::Int});
    }
    std::unordered_map<base::RowHash, std::int64_t, HashOfHash> stored;
    stored.reserve(block.rows());
    connection_.scan(select_, values, types, [&](std::span<const sql::ScanCell> cells) {
        base::RowHash hash;
        if (cells[0].bytes.size() == hash.bytes.size() && (!timed_ || !cells[1].null)) {
            std::memcpy(hash.bytes.data(), cells[0].bytes.data(), hash.bytes.size());
            stored.emplace(hash, timed_ ? cells[1].word : 0);
        }
    });
    std::size_t found = 0;
    for (std::size_t row = 0; row < block.rows(); ++row) {
        const auto same = stored.find(block.batch->hashes[row]);
        if (same == stored.end() || (timed_ && (block.batch->sources[row] != 0 ||
                                                block.batch->times[row] != same->second))) {
            continue;
        }
        keep[row] = 0;
        ++found;
    }
    pause_ = found * kWorth < block.rows() ? std::min(pause_ * 2 + 1, kLongestPause) : 0;
    skip_ = pause_;
    return found > 0;
}

}  // namespace hrbridge::store
