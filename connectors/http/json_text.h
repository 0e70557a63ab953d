#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hrbridge::http {

// The text is not what we accept as JSON. `offset` counts bytes from 0; what() quotes nothing of
// the text.
class JsonError : public std::runtime_error {
  public:
    JsonError(std::size_t offset, const std::string& what)
        : std::runtime_error(what), offset_(offset) {}
    std::size_t offset() const { return offset_; }

  private:
    std::size_t offset_;
};

// A JSON pointer (RFC 6901) as its unescaped tokens; "" is the whole document.
using JsonPointer = std::vector<std::string>;
// nullopt when the text is neither empty nor begins with "/", or has a "~" without 0 or 1.
std::optional<JsonPointer> parse_pointer(std::string_view text);

enum class JsonKind { Null, Bool, Number, String, Array, Object };

// A value inside a checked JSON text; a view that ends with its text. Nothing is converted: a
// number is the digits that the server wrote (a reader by double would lose 0.1's neighbours, a
// 25-digit number and 1e400), which is why no parser library stands here.
class JsonValue {
  public:
    explicit JsonValue(std::string_view raw) : raw_(raw) {}

    JsonKind kind() const;
    // As the server wrote it, without blanks around.
    std::string_view raw() const { return raw_; }
    // String: unescaped UTF-8. Number, true, false, null: as written. Array, object: compact JSON.
    std::string text() const;
    // The member of an object or the element of an array; nullopt when there is none.
    std::optional<JsonValue> at(const JsonPointer& pointer) const;

  private:
    std::string_view raw_;
};

// Walks the elements of an array or the members of an object, in the order of the text.
class JsonCursor {
  public:
    // Over anything but an array or an object it is at its end at once.
    explicit JsonCursor(JsonValue container);
    bool next();
    JsonValue value() const { return value_; }
    // The member's unescaped name; "" in an array.
    const std::string& name() const { return name_; }

  private:
    std::string_view raw_;
    std::size_t place_ = 0;
    bool object_ = false;
    std::string name_;
    JsonValue value_{std::string_view()};
};

// Checks a whole text by RFC 8259, and beyond it: names in an object are unique, strings are valid
// UTF-8 and hold no lone surrogate, arrays and objects nest at most `max_depth` deep. Throws
// JsonError.
JsonValue check_json(std::string_view text, int max_depth = 64);

// A JSON string literal, for writing JSON. `utf8` must be valid.
std::string quote_json(std::string_view utf8);

}  // namespace hrbridge::http
