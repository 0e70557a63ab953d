#include <algorithm>
#include <limits>

#include "mappings/engine/pattern.h"

namespace hrbridge::engine {
namespace {

using Characters = std::bitset<128>;
constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();

// Reads an expression from the left; every take_* is false when it is not a simple one.
struct Reader {
    std::string_view rest;

    bool done() const { return rest.empty(); }
    char take() {
        const char c = rest.front();
        rest.remove_prefix(1);
        return c;
    }
    bool take_if(char c) {
        if (rest.empty() || rest.front() != c) {
            return false;
        }
        rest.remove_prefix(1);
        return true;
    }
};

bool is_plain(char c) {
    const auto code = static_cast<unsigned char>(c);
    return code > 0x20 && code < 0x7F &&
           std::string_view(R"(\[](){}.*+?^$|)").find(c) == std::string_view::npos;
}

void add(Characters& set, char first, char last) {
    for (auto code = static_cast<std::size_t>(first); code <= static_cast<std::size_t>(last);
         ++code) {
        set.set(code);
    }
}

// \w, \s and the like stand for more than ASCII: left to ICU.
bool take_escape(Reader& reader, Characters& set) {
    if (reader.done()) {
        return false;
    }
    const char c = reader.take();
    if (std::string_view(R"(\[](){}.*+?^$|-/)").find(c) == std::string_view::npos) {
        return false;
    }
    add(set, c, c);
    return true;
}

bool take_class(Reader& reader, Characters& set) {
    while (!reader.take_if(']')) {
        if (reader.done()) {
            return false;
        }
        const char first = reader.take();
        if (!is_plain(first) || first == '-' || first == '&') {
            return false;
        }
        char last = first;
        if (reader.take_if('-')) {
            if (reader.done()) {
                return false;
            }
            last = reader.take();
            if (!is_plain(last) || last < first) {
                return false;
            }
        }
        add(set, first, last);
    }
    return set.any();
}

bool take_number(Reader& reader, std::size_t& number) {
    number = 0;
    std::size_t digits = 0;
    while (!reader.done() && reader.rest.front() >= '0' && reader.rest.front() <= '9' &&
           digits < 4) {
        number = number * 10 + static_cast<std::size_t>(reader.take() - '0');
        ++digits;
    }
    return digits > 0;
}

bool take_count(Reader& reader, Pattern::Item& item) {
    if (reader.take_if('?')) {
        item.least = 0;
    } else if (reader.take_if('*')) {
        item.least = 0;
        item.most = kUnbounded;
    } else if (reader.take_if('+')) {
        item.most = kUnbounded;
    } else if (reader.take_if('{')) {
        if (!take_number(reader, item.least)) {
            return false;
        }
        item.most = item.least;
        if (reader.take_if(',')) {
            item.most = kUnbounded;
            if (!reader.done() && reader.rest.front() != '}' && !take_number(reader, item.most)) {
                return false;
            }
        }
        if (!reader.take_if('}') || item.most < item.least) {
            return false;
        }
    }
    // A second sign ("+?", "*+") changes how ICU matches.
    return reader.done() ||
           std::string_view("?*+{").find(reader.rest.front()) == std::string_view::npos;
}

bool take_item(Reader& reader, Pattern::Item& item) {
    const char c = reader.take();
    if (c == '[') {
        return take_class(reader, item.characters) && take_count(reader, item);
    }
    if (c == '\\') {
        return take_escape(reader, item.characters) && take_count(reader, item);
    }
    if (!is_plain(c)) {
        return false;
    }
    add(item.characters, c, c);
    return take_count(reader, item);
}

// A greedy walk is right only when no item can eat what the next one needs.
bool is_deterministic(const std::vector<Pattern::Item>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (items[i].least == items[i].most) {
            continue;
        }
        for (std::size_t next = i + 1; next < items.size(); ++next) {
            if ((items[i].characters & items[next].characters).any()) {
                return false;
            }
            if (items[next].least > 0) {
                break;
            }
        }
    }
    return true;
}

}  // namespace

std::string with_ascii_digits(std::string_view expression) {
    std::string out;
    bool in_class = false;
    for (std::size_t at = 0; at < expression.size(); ++at) {
        const char c = expression[at];
        if (c == '\\' && at + 1 < expression.size()) {
            ++at;
            if (expression[at] == 'd') {
                out += in_class ? "0-9" : "[0-9]";
            } else {
                out.append({c, expression[at]});
            }
            continue;
        }
        in_class = c == '[' || (in_class && c != ']');
        out.push_back(c);
    }
    return out;
}

std::optional<std::vector<Pattern::Item>> simple_items(std::string_view expression) {
    if (expression.starts_with('^')) {
        expression.remove_prefix(1);
    }
    if (expression.ends_with('$') && !expression.ends_with("\\$")) {
        expression.remove_suffix(1);
    }
    const std::string written = with_ascii_digits(expression);
    Reader reader{written};
    std::vector<Pattern::Item> items;
    while (!reader.done()) {
        Pattern::Item item;
        if (!take_item(reader, item)) {
            return std::nullopt;
        }
        items.push_back(item);
    }
    return is_deterministic(items) ? std::optional(std::move(items)) : std::nullopt;
}

}  // namespace hrbridge::engine
