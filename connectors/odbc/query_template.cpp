#include <fmt/format.h>

#include "connectors/odbc/query.h"
#include "connectors/odbc/sql_scanner.h"
#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

// Whether an OR stands in the same parentheses and the same clause as a placeholder.
class OrWatch {
  public:
    void see(std::string_view piece) {
        const std::string word = base::to_lower_ascii(piece);
        if (piece == "(" || word == "case") {
            levels_.push_back({false, false, word == "case"});
        } else if ((piece == ")" || (word == "end" && levels_.back().is_case)) &&
                   levels_.size() > 1) {
            settle();
            const bool holds_placeholder = levels_.back().placeholder;
            levels_.pop_back();
            levels_.back().placeholder = levels_.back().placeholder || holds_placeholder;
        } else if (word == "where" || word == "on" || word == "having" || word == "group" ||
                   word == "select" || word == "join") {
            settle();
            levels_.back() = {false, false, levels_.back().is_case};
        } else if (word == "or" || word == "xor") {
            levels_.back().either = true;
        } else if (piece == "{window}" || piece == "{page}") {
            levels_.back().placeholder = true;
        }
    }
    // Once all was seen.
    bool beside_placeholder() {
        settle();
        return found_;
    }

  private:
    struct Level {
        bool either = false;
        bool placeholder = false;
        bool is_case = false;  // CASE … END
    };

    void settle() { found_ = found_ || (levels_.back().either && levels_.back().placeholder); }

    std::vector<Level> levels_{Level{}};
    bool found_ = false;
};

std::string_view forbidden_advice(const std::string& word) {
    if (word == "order" || word == "limit" || word == "offset" || word == "fetch") {
        return "the connector orders by the key and limits by itself; remove it, or put the query "
               "into a subselect";
    }
    if (word == "union" || word == "except" || word == "intersect") {
        return "the placeholders would fill one branch only; write SELECT * FROM (...) t WHERE "
               "{window} AND {page}";
    }
    if (word == "for" || word == "into") {
        return "a source is only read; remove it";
    }
    return {};
}

}  // namespace

// NOLINTNEXTLINE(readability-function-cognitive-complexity): one case a kind of piece
QueryTemplate QueryTemplate::parse(std::string_view text,
                                   const std::string& place,
                                   base::Faults& faults) {
    QueryTemplate query;
    query.parts_.emplace_back();
    text = base::trim(text);
    if (text.ends_with(';')) {
        text = base::trim(text.substr(0, text.size() - 1));
    }
    int depth = 0;
    int selects = 0;
    OrWatch ors;
    const auto fault = [&faults, &place](std::string what) {
        faults.push_back({place + ": source.query", std::move(what)});
    };
    const auto fill = [&query, &fault](int& gap, std::string_view piece) {
        if (gap >= 0) {
            fault(fmt::format("{} may stand once only", piece));
            return;
        }
        gap = static_cast<int>(query.parts_.size()) - 1;
        query.parts_.emplace_back();
    };
    SqlScanner scanner(text);
    while (!scanner.at_end()) {
        const std::string_view piece = scanner.next();
        depth += piece == "(" ? 1 : 0;
        depth -= piece == ")" ? 1 : 0;
        ors.see(piece);
        if (piece == "{window}") {
            fill(query.window_, piece);
            continue;
        }
        if (piece == "{page}") {
            fill(query.page_, piece);
            continue;
        }
        if (piece == "?") {
            fault("holds a \"?\", but the connector alone binds parameters; write the value");
        }
        if (piece == ";") {
            fault("holds more than one statement; leave one SELECT");
        }
        const std::string word = base::to_lower_ascii(piece);
        selects += word == "select" ? 1 : 0;
        query.plain_ =
            query.plain_ && selects <= 1 && word != "group" && word != "over" && word != "window";
        if (const auto advice = forbidden_advice(word); depth == 0 && !advice.empty()) {
            fault(fmt::format("has {} outside parentheses: {}", piece, advice));
        }
        query.parts_.back() += piece;
    }
    if (ors.beside_placeholder()) {
        fault(
            "has an OR beside {window} or {page}, which would then not hold for every row; put "
            "the OR into parentheses: WHERE (a OR b) AND {window} AND {page}");
    }
    if (scanner.unclosed() || depth != 0) {
        fault("has quotes, a comment or parentheses that do not close");
    }
    if (text.empty()) {
        fault("is empty; write a SELECT");
    }
    return query;
}

Sql QueryTemplate::render(const Sql& window, const Sql& page, std::string_view tail) const {
    Sql out;
    if (!select_.empty()) {
        out.text = select_ + " FROM (\n";
    }
    for (std::size_t part = 0; part < parts_.size(); ++part) {
        out.text += parts_[part];
        const int gap = static_cast<int>(part);
        if (gap == window_ || gap == page_) {
            const Sql& filling = gap == window_ ? window : page;
            out.text += filling.text;
            out.parameters.insert(
                out.parameters.end(), filling.parameters.begin(), filling.parameters.end());
        }
    }
    // A query may end in a "--" comment.
    out.text += tail.empty() ? "" : "\n";
    out.text += tail;
    out.text += select_.empty() ? "" : "\n) AS hrbridge_rows";
    return out;
}

Dataset read_dataset(const base::YamlNode& node, base::Faults& faults) {
    Dataset dataset;
    base::YamlReader reader(&node, "source", faults);
    for (const std::string_view shared : {"conn", "read_as", "columns", "drift"}) {
        static_cast<void>(reader.child(shared));
    }
    dataset.key = reader.texts("key").value_or(std::vector<std::string>());
    const base::YamlNode* query = reader.child("query");
    dataset.place = query == nullptr ? node.place() : query->place();
    if (query == nullptr || !query->is_scalar()) {
        reader.fault("query", "needs a SELECT with {window} and {page}");
    } else {
        dataset.query = QueryTemplate::parse(query->text, dataset.place, faults);
        if (!dataset.key.empty() && !dataset.query.has_page()) {
            reader.fault("query", "lacks {page}; add \"AND {page}\" to its WHERE");
        }
        if (dataset.key.empty() && dataset.query.has_page()) {
            reader.fault("query", "has {page} but the source has no key to page by; add key");
        }
    }
    if (const base::YamlNode* expressions = reader.child("expressions")) {
        if (!expressions->is_map()) {
            reader.fault("expressions", "needs a map: {column: SQL expression}");
        }
        for (const auto& [column, expression] : expressions->entries) {
            dataset.expressions[base::to_lower_ascii(column)] = expression.text;
        }
    }
    reader.finish();
    return dataset;
}

}  // namespace hrbridge::odbc
