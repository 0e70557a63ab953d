#include "mappings/engine/column_uses.h"

#include <algorithm>

#include "daemon/base/text.h"
#include "mappings/engine/key_part.h"

namespace hrbridge::engine {
namespace {

// Bytes above 127 are letters of a name in another script.
bool is_of_word(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '$' || byte > 127;
}

// Where a word of the text is the name.
std::optional<std::size_t> find_word(std::string_view text, std::string_view name) {
    const std::string lower = base::to_lower_ascii(text);
    const std::string wanted = base::to_lower_ascii(name);
    for (std::size_t at = lower.find(wanted); at != std::string::npos && !wanted.empty();
         at = lower.find(wanted, at + 1)) {
        const std::size_t end = at + wanted.size();
        if ((at == 0 || !is_of_word(lower[at - 1])) &&
            (end == lower.size() || !is_of_word(lower[end]))) {
            return at;
        }
    }
    return std::nullopt;
}

// A text of several lines begins on the line behind its key's.
int line_of(const base::YamlNode& node, std::size_t at) {
    const bool lines = node.text.find('\n') != std::string::npos;
    const auto before =
        std::count(node.text.begin(), node.text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    return node.line + (lines ? 1 + static_cast<int>(before) : 0);
}

void add_uses_of_source(const Mapping& mapping,
                        std::string_view column,
                        std::vector<ColumnUse>& uses) {
    const base::YamlNode* const query = mapping.dataset.find("query");
    if (query != nullptr && query->is_scalar()) {
        if (const auto at = find_word(query->text, column)) {
            uses.push_back({"source.query", line_of(*query, *at)});
        }
    }
    const base::YamlNode* const key = mapping.dataset.find("key");
    const bool is_key = std::any_of(mapping.key.begin(), mapping.key.end(), [&](const auto& each) {
        return base::same_name(each, column);
    });
    if (key != nullptr && is_key) {
        uses.push_back({"source.key", key->line});
    }
    const base::YamlNode* const expressions = mapping.dataset.find("expressions");
    if (expressions == nullptr || !expressions->is_map()) {
        return;
    }
    for (const auto& [name, sql] : expressions->entries) {
        if (base::same_name(name, column) || (sql.is_scalar() && find_word(sql.text, column))) {
            uses.push_back({"source.expressions." + name, sql.line});
        }
    }
}

}  // namespace

std::vector<ColumnUse> column_uses(const Mapping& mapping, std::string_view column) {
    std::vector<ColumnUse> uses;
    for (const ContractColumn& contract : mapping.columns) {
        if (base::same_name(contract.name, column)) {
            uses.push_back({"source.columns." + contract.name, contract.line});
        }
    }
    if (const base::YamlNode* const columns = mapping.dataset.find("columns");
        uses.empty() && columns != nullptr) {
        uses.push_back({"source.columns", columns->line});
    }
    add_uses_of_source(mapping, column, uses);
    if (!mapping.sync.window_by.empty() && base::same_name(mapping.sync.window_by, column)) {
        uses.push_back({"sync.window.by", mapping.sync.window_line});
    }
    for (const FieldRule& field : mapping.fields) {
        if (reads_column(field, column)) {
            uses.push_back({"fields." + field.target, field.line});
        }
    }
    return uses;
}

const ContractColumn* column_named_in(const Mapping& mapping, std::string_view message) {
    // Before the word stands what was asked, and of whom.
    const std::size_t begin = base::to_lower_ascii(message).find("column");
    if (begin == std::string_view::npos) {
        return nullptr;
    }
    const std::string_view said = message.substr(begin + std::string_view("column").size());
    const ContractColumn* named = nullptr;
    std::size_t first = said.size();
    for (const ContractColumn& contract : mapping.columns) {
        const auto at = find_word(said, contract.name);
        if (at && *at < first) {
            first = *at;
            named = &contract;
        }
    }
    return named;
}

}  // namespace hrbridge::engine
