#include "migration/ledger/body_json.h"

#include <stdexcept>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "migration/ledger/plain_text.h"

namespace hrbridge::ledger {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMostNumber = (std::int64_t{1} << 53) - 1;
constexpr std::size_t kMostListed = 100;
constexpr std::size_t kMostTextBytes = 200;
constexpr int kMostDepth = 2;

Json to_value(const std::string& text) {
    return text;
}
Json to_value(std::int64_t number) {
    return number;
}
Json to_value(bool flag) {
    return flag;
}
Json to_value(const Digest& digest) {
    return digest.hex();
}
Json to_value(const PublicKey& key) {
    return key.raw.hex();
}
Json to_value(Outcome outcome) {
    return std::string(to_string(outcome));
}
Json to_value(Role role) {
    return std::string(to_string(role));
}
template <typename T>
Json to_value(const std::vector<T>& list) {
    Json out = Json::array();
    for (const T& each : list) {
        out.push_back(to_value(each));
    }
    return out;
}

struct Writer {
    Json& object;

    template <typename T>
    void operator()(const char* name, const T& value) {
        object[name] = to_value(value);
    }
    template <typename T>
    void operator()(const char* name, const std::optional<T>& value) {
        if (value) {
            (*this)(name, *value);
        }
    }
};

template <typename T>
bool assign(T& out, std::optional<T> value) {
    if (value) {
        out = std::move(*value);
    }
    return value.has_value();
}

bool from_value(const Json& value, std::string& out) {
    const auto* const text = value.get_ptr<const std::string*>();
    if (text == nullptr || !is_plain_text(*text, kMostTextBytes)) {
        return false;
    }
    out = *text;
    return true;
}
// Another reader may take what is larger for a floating point number.
bool from_value(const Json& value, std::int64_t& out) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::uint64_t{kMostNumber}) {
        return false;
    }
    out = value.get<std::int64_t>();
    return true;
}
bool from_value(const Json& value, bool& out) {
    if (!value.is_boolean()) {
        return false;
    }
    out = value.get<bool>();
    return true;
}
bool from_value(const Json& value, Digest& out) {
    const auto* const text = value.get_ptr<const std::string*>();
    return text != nullptr && assign(out, Digest::from_hex(*text));
}
bool from_value(const Json& value, PublicKey& out) {
    return from_value(value, out.raw);
}
bool from_value(const Json& value, Outcome& out) {
    const auto* const text = value.get_ptr<const std::string*>();
    return text != nullptr && assign(out, outcome_from(*text));
}
bool from_value(const Json& value, Role& out) {
    const auto* const text = value.get_ptr<const std::string*>();
    return text != nullptr && assign(out, role_from(*text));
}
template <typename T>
bool from_value(const Json& value, std::vector<T>& out) {
    if (!value.is_array() || value.size() > kMostListed) {
        return false;
    }
    for (const Json& each : value) {
        if (!from_value(each, out.emplace_back())) {
            return false;
        }
    }
    return true;
}

struct Reader {
    const Json& object;
    Note& why;
    std::size_t read = 0;
    bool good = true;

    template <typename T>
    void operator()(const char* name, T& out) {
        const auto found = object.find(name);
        if (found == object.end()) {
            refuse("body_missing", name);
            return;
        }
        ++read;
        if (!from_value(*found, out)) {
            refuse("body_value", name);
        }
    }
    template <typename T>
    void operator()(const char* name, std::optional<T>& out) {
        if (object.contains(name)) {
            (*this)(name, out.emplace());
        }
    }
    void refuse(const char* code, const char* name) {
        if (std::exchange(good, false)) {
            why = {code, {{"field", name}}};
        }
    }
};

template <typename T>
std::optional<Body> read_as(const Json& object, Note& why) {
    T body;
    Reader reader{object, why};
    T::fields(body, reader);
    if (!reader.good) {
        return std::nullopt;
    }
    if (reader.read != object.size()) {
        why = {"body_unknown_field"};
        return std::nullopt;
    }
    return body;
}

template <std::size_t... I>
std::optional<Body> read_kind(Kind kind,
                              const Json& object,
                              Note& why,
                              std::index_sequence<I...> /*all*/) {
    static_assert(((std::variant_alternative_t<I, Body>::kKind == static_cast<Kind>(I)) && ...));
    std::optional<Body> body;
    ((static_cast<std::size_t>(kind) == I
          ? static_cast<void>(body = read_as<std::variant_alternative_t<I, Body>>(object, why))
          : void()),
     ...);
    return body;
}

// Null when it is no JSON, too large, or nested so deeply that no body can be like it.
std::optional<Json> parse_object(std::string_view text) {
    if (text.size() > kMostBodyBytes) {
        return std::nullopt;
    }
    bool flat = true;
    const auto shallow = [&](int depth, Json::parse_event_t /*event*/, Json& /*parsed*/) {
        flat = flat && depth <= kMostDepth;
        return flat;
    };
    Json object = Json::parse(text, shallow, false);
    return flat && object.is_object() ? std::optional(std::move(object)) : std::nullopt;
}

}  // namespace

std::optional<Body> parse_body(Kind kind, std::string_view text, Note& why) {
    const auto object = parse_object(text);
    // What a second key of the same name, a blank, an escape or another form of a number would hide
    // is not in the text that the parsed object gives.
    if (!object || object->dump() != text) {
        why = {"body_not_canonical"};
        return std::nullopt;
    }
    return read_kind(kind, *object, why, std::make_index_sequence<std::variant_size_v<Body>>());
}

std::string to_json(const Body& body) {
    std::string text = std::visit(
        [](const auto& each) {
            Json object = Json::object();
            std::decay_t<decltype(each)>::fields(each, Writer{object});
            return object.dump(-1, ' ', false, Json::error_handler_t::replace);
        },
        body);
    Note why;
    const auto back = parse_body(kind_of(body), text, why);
    if (!back || *back != body) {
        throw std::invalid_argument(
            fmt::format("a ledger entry of kind {} cannot hold its field {}",
                        to_string(kind_of(body)),
                        why.values["field"]));
    }
    return text;
}

}  // namespace hrbridge::ledger
