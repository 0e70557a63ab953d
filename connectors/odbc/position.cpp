#include "connectors/odbc/position.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

constexpr std::string_view kKeyed = "k1:";
constexpr std::string_view kByWatermark = "w1:";
constexpr std::string_view kCounted = "r1:";

bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

void put(std::string& out, std::string_view field) {
    out += fmt::format("{}:", field.size());
    out += field;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(value) : std::nullopt;
}

// Takes length-prefixed fields off the front.
class Fields {
  public:
    explicit Fields(std::string_view bytes) : rest_(bytes) {}

    bool empty() const { return rest_.empty(); }
    std::optional<std::string> next() {
        const std::size_t colon = rest_.find(':');
        if (colon == std::string_view::npos) {
            return std::nullopt;
        }
        const auto size = number(rest_.substr(0, colon));
        if (!size || *size > rest_.size() - colon - 1) {
            return std::nullopt;
        }
        std::string field(rest_.substr(colon + 1, *size));
        rest_.remove_prefix(colon + 1 + *size);
        return field;
    }

  private:
    std::string_view rest_;
};

std::optional<KeyValue::Kind> kind_of(char letter) {
    switch (letter) {
        case '0':
            return KeyValue::Kind::Null;
        case 'n':
            return KeyValue::Kind::Number;
        case 't':
            return KeyValue::Kind::Text;
        case 'b':
            return KeyValue::Kind::Binary;
        default:
            return std::nullopt;
    }
}

std::optional<KeyValue> read_key(Fields& fields) {
    const auto head = fields.next();
    auto type = head ? fields.next() : std::nullopt;
    auto value = type ? fields.next() : std::nullopt;
    const auto kind = value && head->size() == 2 ? kind_of(head->front()) : std::nullopt;
    if (!kind || (*kind == KeyValue::Kind::Number && !is_number(*value))) {
        return std::nullopt;
    }
    return KeyValue{*kind, head->back() == '?', std::move(*type), std::move(*value)};
}

std::optional<base::RowHash> read_hash(Fields& fields) {
    const auto bytes = fields.next();
    base::RowHash hash;
    if (!bytes || bytes->size() != hash.bytes.size()) {
        return std::nullopt;
    }
    std::transform(bytes->begin(), bytes->end(), hash.bytes.begin(), [](char byte) {
        return static_cast<std::uint8_t>(byte);
    });
    return hash;
}

std::optional<Position> read_keyed(std::string_view bytes) {
    Fields fields(bytes);
    Position position;
    const auto text = fields.next();
    const auto count = text ? number(*text) : std::nullopt;
    for (std::uint64_t at = 0; count && at < *count; ++at) {
        auto key = read_key(fields);
        if (!key) {
            return std::nullopt;
        }
        position.key.push_back(std::move(*key));
    }
    while (!fields.empty()) {
        const auto hash = read_hash(fields);
        if (!hash) {
            return std::nullopt;
        }
        position.ties.push_back(*hash);
    }
    return position.key.empty() ? std::nullopt : std::optional(std::move(position));
}

}  // namespace

bool is_number(std::string_view text) {
    if (text.starts_with('-')) {
        text.remove_prefix(1);
    }
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view part = point < text.size() ? text.substr(point + 1) : "0";
    return !whole.empty() && !part.empty() && std::all_of(whole.begin(), whole.end(), is_digit) &&
           std::all_of(part.begin(), part.end(), is_digit);
}

std::string Position::encode() const {
    if (key.empty()) {
        return fmt::format("{}{}", kCounted, rows);
    }
    std::string bytes;
    put(bytes, std::to_string(key.size()));
    for (const KeyValue& value : key) {
        const std::string head{static_cast<char>(value.kind), value.nullable ? '?' : '!'};
        put(bytes, head);
        put(bytes, value.type);
        put(bytes, value.value);
    }
    for (const base::RowHash& hash : ties) {
        put(bytes, hash.view());
    }
    return std::string(by_watermark ? kByWatermark : kKeyed) + base::to_base64(bytes);
}

std::optional<Position> Position::decode(std::string_view text) {
    if (text.starts_with(kCounted)) {
        const auto rows = number(text.substr(kCounted.size()));
        Position position;
        position.rows = rows.value_or(0);
        return rows ? std::optional(position) : std::nullopt;
    }
    const bool by_watermark = text.starts_with(kByWatermark);
    if (!by_watermark && !text.starts_with(kKeyed)) {
        return std::nullopt;
    }
    const auto bytes = base::from_base64(text.substr(kKeyed.size()));
    auto position = bytes ? read_keyed(*bytes) : std::nullopt;
    if (position) {
        position->by_watermark = by_watermark;
    }
    return position;
}

}  // namespace hrbridge::odbc
