#include "daemon/store/postgres/parameters.h"

#include <array>
#include <type_traits>
#include <variant>

#include "daemon/store/postgres/binary.h"

namespace hrbridge::store::postgres {
namespace {

constexpr int kTextFormat = 0;
constexpr int kBinaryFormat = 1;

std::string bytes_of(std::uint64_t value) {
    std::array<char, 8> bytes{};
    put_64(bytes.data(), value);
    return {bytes.data(), bytes.size()};
}

std::string bytes_of(std::uint32_t value) {
    std::array<char, 4> bytes{};
    put_32(bytes.data(), value);
    return {bytes.data(), bytes.size()};
}

struct Encoded {
    Oid type = 0;
    std::string bytes;
    int format = kBinaryFormat;
};

Encoded encode(const base::Value& value) {
    return std::visit(
        [](const auto& cell) -> Encoded {
            using T = std::decay_t<decltype(cell)>;
            if constexpr (std::is_same_v<T, base::Null>) {
                return {};
            } else if constexpr (std::is_same_v<T, std::int64_t>) {
                return {kInt8, bytes_of(static_cast<std::uint64_t>(cell))};
            } else if constexpr (std::is_same_v<T, bool>) {
                return {kBool, std::string(1, cell ? '\1' : '\0')};
            } else if constexpr (std::is_same_v<T, base::Decimal>) {
                return {kNumeric, cell.to_string(), kTextFormat};
            } else if constexpr (std::is_same_v<T, std::string>) {
                return {kText, {}};
            } else if constexpr (std::is_same_v<T, base::Bytes>) {
                return {kBytea, {}};
            } else if constexpr (std::is_same_v<T, base::Date>) {
                const auto days = cell.time_since_epoch().count() - kEpochDays;
                return {kDate, bytes_of(static_cast<std::uint32_t>(days))};
            } else {
                const auto ticks = cell.time_since_epoch().count() - kEpochMicroseconds;
                return {kTimestamptz, bytes_of(static_cast<std::uint64_t>(ticks))};
            }
        },
        value);
}

// Text and bytes are sent from where they lie: they may be long.
const std::string* in_place(const base::Value& value) {
    const auto* const bytes = std::get_if<base::Bytes>(&value);
    return bytes != nullptr ? &bytes->data : std::get_if<std::string>(&value);
}

}  // namespace

Parameters::Parameters(std::span<const base::Value> values) {
    storage_.reserve(values.size());
    for (const base::Value& value : values) {
        add(value);
    }
}

void Parameters::add(const base::Value& value) {
    Encoded encoded = encode(value);
    const bool null = std::holds_alternative<base::Null>(value);
    storage_.push_back(std::move(encoded.bytes));
    types_.push_back(encoded.type);
    formats_.push_back(encoded.format);
    const std::string* const placed = in_place(value);
    const std::string& sent = placed != nullptr ? *placed : storage_.back();
    lengths_.push_back(static_cast<int>(sent.size()));
    pointers_.push_back(null ? nullptr : sent.c_str());
}

}  // namespace hrbridge::store::postgres
