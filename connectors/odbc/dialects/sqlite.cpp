#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "connectors/odbc/dialects/dialects.h"

namespace hrbridge::odbc {
namespace {

// SQLite writes a REAL with this many digits: two that differ behind them look the same.
constexpr int kRealDigits = 15;

bool is_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() &&
           fmt::format("{}", number) == text;
}

std::string as_sqlite_writes(double number) {
    std::string text = fmt::format("{:.{}g}", number, kRealDigits);
    const std::size_t exponent = text.find('e');
    if (text.find('.') == std::string::npos) {
        text.insert(std::min(exponent, text.size()), ".0");
    }
    return text;
}

// "9.5" or "9.22337203685478e+18", as SQLite writes a REAL.
std::optional<double> as_real(const std::string& text) {
    if (text.find('.') == std::string::npos) {
        return std::nullopt;
    }
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && as_sqlite_writes(number) == text ? std::optional(number) : std::nullopt;
}

bool is_text_type(std::string_view type) {
    return type.find("char") != std::string_view::npos ||
           type.find("text") != std::string_view::npos ||
           type.find("clob") != std::string_view::npos;
}

// What a column without a declared type holds, and an expression gives, is compared as it is
// stored: a number is behind no text, though the driver gives both as text. A number that stands in
// the SQL is found wherever it is stored as a number; a text column compares it as text; and where
// text hides behind it, a reading goes on too early rather than too late.
std::optional<std::string> key_literal(const KeyValue& value) {
    if (value.kind == KeyValue::Kind::Null) {
        return std::nullopt;
    }
    if (is_integer(value.value)) {
        return value.value;
    }
    const auto real = as_real(value.value);
    if (!real) {
        return std::nullopt;
    }
    const bool is_short = value.value.size() < kRealDigits;
    if (is_short && is_text_type(value.type)) {
        return value.value;
    }
    // Not behind the number that was written so.
    return fmt::format("{:.17e}", *real - (std::abs(*real) * 1e-14));
}

}  // namespace

Dialect sqlite_dialect() {
    Dialect dialect;
    dialect.name = "sqlite";
    // sqliteodbc's SQLCancel closes the statement at once, also under a call that works on it.
    dialect.cancels = false;
    dialect.row_values = true;
    // A column's declared type is a hint: an INTEGER column may hold a long text.
    dialect.exact_sizes = false;
    // Without StepAPI the driver holds the whole result; without NoCreat a mistyped path is a new,
    // empty database.
    dialect.attributes = {{"StepAPI", "1"},
                          {"NoWCHAR", "1"},
                          {"NoCreat", "1"},
                          {"BigInt", "1"},
                          {"Timeout", "10000"}};
    dialect.now_query = "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')";
    dialect.limit = "LIMIT {}";
    dialect.key_parameter = plain_parameter;
    dialect.key_literal = key_literal;
    dialect.session = no_session;
    dialect.blobs_hold_text = true;
    // One streamed SELECT is one snapshot by itself, also for what else its session reads.
    dialect.one_snapshot = true;
    return dialect;
}

}  // namespace hrbridge::odbc
