#include "connectors/odbc/lossy_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace hrbridge::odbc {
namespace {

// Every text of these is one of UTF-8, or comes as bytes.
constexpr std::array<std::string_view, 9> kSafe{
    "utf8mb4", "utf8mb3", "utf8", "ascii", "binary", "ucs2", "utf16", "utf16le", "utf32"};

// Trail bytes of the other charsets are never a "?".
std::string marks_of(const std::string& bytes) {
    return fmt::format("(LENGTH({0}) - LENGTH(REPLACE({0}, '?', '')))", bytes);
}

}  // namespace

LossyText::LossyText(Session& session, const Layout& layout) : session_(session), layout_(layout) {
    for (std::size_t at = 0; at < layout_.columns.size(); ++at) {
        const SQLSMALLINT type = layout_.columns[at].described.sql_type;
        const bool text = type == SQL_CHAR || type == SQL_VARCHAR || type == SQL_LONGVARCHAR ||
                          type == SQL_WCHAR || type == SQL_WVARCHAR || type == SQL_WLONGVARCHAR;
        if (!text || !session_.dialect.converts_text) {
            safe_.insert(at);
        }
    }
}

void LossyText::turn(Sql page) {
    page_ = std::move(page);
    settled_.clear();
}

bool LossyText::has_mark(const base::RawColumn& column, std::size_t rows) const {
    for (std::size_t row = 0; row < rows; ++row) {
        if (column.has_bytes(row) && column.cell(row).find('?') != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

std::optional<std::string> LossyText::find(const base::RawBlock& block) {
    for (std::size_t at = 0; at < block.columns.size(); ++at) {
        if (safe_.count(at) > 0 || is_settled(at) || !has_mark(block.columns[at], block.rows)) {
            continue;
        }
        settle_charsets();
        if (safe_.count(at) > 0) {
            continue;
        }
        if (loses(at)) {
            return layout_.columns[at].described.name;
        }
        settled_.insert(at);
    }
    return std::nullopt;
}

std::optional<std::string> LossyText::ask(const std::string& expression) {
    Statement statement(*session_.connection);
    statement.prepare({fmt::format("SELECT {} FROM ({}) AS hrbridge_page", expression, page_.text),
                       page_.parameters});
    statement.execute();
    const auto rows = statement.all_rows();
    return rows.empty() ? std::nullopt : rows.front().front();
}

void LossyText::settle_charsets() {
    if (charsets_known_) {
        return;
    }
    charsets_known_ = true;
    for (std::size_t at = 0; at < layout_.columns.size(); ++at) {
        if (safe_.count(at) > 0) {
            continue;
        }
        const std::string column = quote_name(session_.dialect, layout_.columns[at].described.name);
        // NULL where the session asks for bytes as they are.
        const auto charset = ask(fmt::format(
            "MAX(CASE WHEN @@character_set_results IS NULL THEN NULL ELSE CHARSET({}) END)",
            column));
        if (!charset || std::find(kSafe.begin(), kSafe.end(), *charset) != kSafe.end()) {
            safe_.insert(at);
        }
    }
}

bool LossyText::loses(std::size_t at) {
    const std::string column = quote_name(session_.dialect, layout_.columns[at].described.name);
    const std::string sent = fmt::format("CAST(CONVERT({} USING utf8mb4) AS BINARY)", column);
    const std::string own = fmt::format("CAST({} AS BINARY)", column);
    const auto lost = ask(fmt::format("COALESCE(MAX({} <> {}), 0)", marks_of(sent), marks_of(own)));
    return lost && *lost != "0";
}

}  // namespace hrbridge::odbc
