#include "connectors/odbc/select_list.h"

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/odbc/sql_scanner.h"
#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

// Functions of one row; a column made by another one might make several rows, or one of many.
constexpr std::array<std::string_view, 31> kRowFunctions{
    "abs",     "cast",        "char",    "char_length", "coalesce", "concat",    "convert",
    "date",    "date_format", "decimal", "format",      "ifnull",   "in",        "isnull",
    "left",    "length",      "lower",   "ltrim",       "nullif",   "nvl",       "numeric",
    "replace", "right",       "round",   "rtrim",       "substr",   "substring", "to_char",
    "trim",    "upper",       "varchar"};

// Before a list, what says which of its rows come; "name = column" is another way to name one.
constexpr std::array<std::string_view, 8> kBeforeWholeLists{
    "all", "distinct", "distinctrow", "first", "limit", "skip", "top", "unique"};

// Behind FROM, what goes by the list, or joins the rows to those of another list.
constexpr std::array<std::string_view, 7> kBehindWholeLists{
    "except", "group", "having", "intersect", "minus", "qualify", "union"};

struct Item {
    std::string text;
    std::string name;  // of its column, in lower case; empty: not known
    bool keeps_rows = true;
    bool is_renamed = false;  // `name` is not that of a table's column
};

bool is_blank(std::string_view piece) {
    return base::trim(piece).empty() || piece.starts_with("--") || piece.starts_with("/*");
}

bool is_name(std::string_view piece) {
    const char first = piece.empty() ? ' ' : piece.front();
    return first == '"' || first == '`' || first == '_' ||
           std::isalpha(static_cast<unsigned char>(first)) != 0;
}

std::string name_in(std::string_view piece) {
    const bool quoted = piece.size() > 1 && (piece.front() == '"' || piece.front() == '`');
    return base::to_lower_ascii(quoted ? piece.substr(1, piece.size() - 2) : piece);
}

// Takes the pieces of one column of the list.
class ItemReader {
  public:
    void take(std::string_view piece) {
        item_.text += piece;
        if (is_blank(piece)) {
            return;
        }
        if (piece == "(" && is_name(last_)) {
            const std::string function = name_in(last_);
            item_.keeps_rows = item_.keeps_rows &&
                               std::find(kRowFunctions.begin(), kRowFunctions.end(), function) !=
                                   kRowFunctions.end();
        }
        star_ = star_ || (piece == "*" && (last_.empty() || last_ == "."));
        before_last_ = last_;
        last_ = piece;
    }
    bool is_star() const { return star_; }
    Item end() {
        const std::string before = name_in(before_last_);
        const bool named =
            before_last_.empty() || before == "." || before == ")" || is_name(before_last_);
        item_.name = is_name(last_) && named ? name_in(last_) : "";
        item_.is_renamed = !before_last_.empty() && before != ".";
        last_ = before_last_ = {};
        return std::exchange(item_, {});
    }

  private:
    Item item_;
    std::string_view last_;
    std::string_view before_last_;
    bool star_ = false;
};

template <typename Words>
bool is_one_of(std::string_view word, const Words& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// What stands behind FROM must not depend on the select list.
bool depends_on_list(std::string_view rest) {
    SqlScanner scanner(rest);
    int depth = 0;
    while (!scanner.at_end()) {
        const std::string_view piece = scanner.next();
        depth += piece == "(" ? 1 : 0;
        depth -= piece == ")" ? 1 : 0;
        if (depth == 0 && is_one_of(base::to_lower_ascii(piece), kBehindWholeLists)) {
            return true;
        }
    }
    return false;
}

// As a column's name that no table's stands before.
bool uses(std::string_view sql, std::string_view name) {
    SqlScanner scanner(sql);
    std::string_view last;
    while (!scanner.at_end()) {
        const std::string_view piece = scanner.next();
        if (is_blank(piece)) {
            continue;
        }
        if (last != "." && is_name(piece) && name_in(piece) == name) {
            return true;
        }
        last = piece;
    }
    return false;
}

// Without the item such a name would be another thing, which in SQLite is even a text.
bool is_needed(const Item& item, const std::string& list, std::string_view rest) {
    return item.is_renamed && (uses(list, item.name) || uses(rest, item.name));
}

std::optional<std::string> chosen(const std::vector<Item>& items,
                                  const std::vector<std::string>& only,
                                  std::string_view rest) {
    std::size_t found = 0;
    for (const std::string& name : only) {
        const std::string wanted = base::to_lower_ascii(name);
        const auto named = [&](const Item& item) { return item.name == wanted; };
        found += std::count_if(items.begin(), items.end(), named) == 1 ? 1U : 0U;
    }
    if (found != only.size()) {
        return std::nullopt;
    }
    std::string list;
    std::vector<const Item*> left_out;
    for (const Item& item : items) {
        const bool wanted = std::any_of(only.begin(), only.end(), [&](const std::string& name) {
            return base::to_lower_ascii(name) == item.name;
        });
        if (wanted || !item.keeps_rows) {
            list += (list.empty() ? "" : ",") + item.text;
        } else {
            left_out.push_back(&item);
        }
    }
    const bool all_can_go = std::none_of(left_out.begin(), left_out.end(), [&](const Item* item) {
        return is_needed(*item, list, rest);
    });
    return all_can_go ? std::optional(list) : std::nullopt;
}

}  // namespace

std::optional<std::string> narrow_select(std::string_view query,
                                         const std::vector<std::string>& only) {
    SqlScanner scanner(query);
    std::string head;
    while (!scanner.at_end()) {
        const std::string_view piece = scanner.next();
        head += piece;
        if (!is_blank(piece)) {
            if (base::to_lower_ascii(piece) != "select") {
                return std::nullopt;
            }
            break;
        }
    }
    std::vector<Item> items;
    ItemReader reader;
    int depth = 0;
    while (!scanner.at_end()) {
        const std::string_view piece = scanner.next();
        if (piece == "[" || piece == "#") {
            return std::nullopt;  // a name in brackets or a comment of another dialect
        }
        depth += piece == "(" ? 1 : 0;
        depth -= piece == ")" ? 1 : 0;
        const std::string word = base::to_lower_ascii(piece);
        if (depth == 0 && (piece == "," || word == "from")) {
            items.push_back(reader.end());
            if (piece == ",") {
                continue;
            }
            const std::string_view rest =
                query.substr(static_cast<std::size_t>(piece.data() - query.data()));
            auto list = reader.is_star() || depends_on_list(rest) ? std::nullopt
                                                                  : chosen(items, only, rest);
            if (!list) {
                return std::nullopt;
            }
            // Blanks alone: a line's end may be what ends a comment.
            list->resize(list->find_last_not_of(' ') + 1);
            return head + *list + " " + std::string(rest);
        }
        if (depth == 0 && (piece == "=" || is_one_of(word, kBeforeWholeLists))) {
            return std::nullopt;
        }
        reader.take(piece);
    }
    return std::nullopt;
}

}  // namespace hrbridge::odbc
