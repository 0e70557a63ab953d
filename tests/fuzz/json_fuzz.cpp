#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "connectors/http/json_text.h"

namespace {

using hrbridge::http::JsonCursor;
using hrbridge::http::JsonKind;
using hrbridge::http::JsonValue;

void must(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// What only we refuse: repeated names and deep nesting.
struct Stricter : nlohmann::json_sax<nlohmann::json> {
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        refuses = refuses || !names.back().insert(name).second;
        return true;
    }
    bool parse_error(std::size_t,
                     const std::string&,
                     const nlohmann::detail::exception& error) override {
        // 406: the number does not fit a double, which is no matter to us.
        number_too_big = error.id == 406;
        return false;
    }
    bool open() {
        names.emplace_back();
        refuses = refuses || names.size() > 64;
        return true;
    }
    bool close() {
        names.pop_back();
        return true;
    }

    std::vector<std::set<std::string>> names;
    bool refuses = false;
    bool number_too_big = false;
};

void walk(const JsonValue& value, const nlohmann::json& expected) {
    if (value.kind() == JsonKind::String) {
        must(value.text() == expected.get<std::string>());
    } else if (value.kind() == JsonKind::Array || value.kind() == JsonKind::Object) {
        must(nlohmann::json::parse(value.text()) == expected);
        std::size_t count = 0;
        for (JsonCursor cursor(value); cursor.next(); ++count) {
            walk(cursor.value(),
                 expected.is_array() ? expected.at(count) : expected.at(cursor.name()));
        }
        must(count == expected.size());
    } else {
        must(nlohmann::json::parse(value.raw()) == expected);
    }
}

}  // namespace

// We and a library accept the same texts, but for what only we refuse, and find the same in them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::string problem;
    JsonValue value{std::string_view()};
    try {
        value = hrbridge::http::check_json(text);
    } catch (const hrbridge::http::JsonError& error) {
        problem = error.what();
        must(!problem.empty() && error.offset() <= text.size());
    }
    // The library takes a zero byte for the end of the text and skips a byte order mark.
    if (text.find('\0') != std::string_view::npos || text.starts_with("\xef")) {
        must(!problem.empty());
        return 0;
    }
    Stricter stricter;
    const bool accepted = nlohmann::json::sax_parse(text.begin(), text.end(), &stricter);
    if (stricter.number_too_big) {
        return 0;
    }
    must(problem.empty() == (accepted && !stricter.refuses));
    if (problem.empty()) {
        walk(value, nlohmann::json::parse(text));
    }
    return 0;
}
