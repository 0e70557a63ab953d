#include "mappings/engine/predicate_functions.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace hrbridge::engine {
namespace {

using Node = Predicate::Node;
using base::Kind;

constexpr std::size_t kAny = 20;

// What one argument must be. Number is any number, Whole one of scale 0, Place a literal whole
// number from 0 to 4096, Same something that all such arguments have in common.
enum class Wants { Text, Number, Whole, Place, Day, Same };

struct Function {
    std::string_view name;
    std::size_t least;
    std::size_t most;
    std::array<Wants, 3> wants;  // the last one holds for all further arguments
    Kind gives;                  // of Same and Number: taken from the arguments
    bool takes_over = false;     // kind and scale come from the arguments
};

constexpr std::array<Function, 19> kFunctions{{
    {"coalesce", 2, kAny, {Wants::Same, Wants::Same, Wants::Same}, Kind::Text, true},
    {"nullif", 2, 2, {Wants::Same, Wants::Same, Wants::Same}, Kind::Text, true},
    {"least", 2, kAny, {Wants::Number, Wants::Number, Wants::Number}, Kind::Int, true},
    {"greatest", 2, kAny, {Wants::Number, Wants::Number, Wants::Number}, Kind::Int, true},
    {"abs", 1, 1, {Wants::Number, Wants::Number, Wants::Number}, Kind::Int, true},
    {"mod", 2, 2, {Wants::Whole, Wants::Whole, Wants::Whole}, Kind::Int},
    {"length", 1, 1, {Wants::Text, Wants::Text, Wants::Text}, Kind::Int},
    {"upper", 1, 1, {Wants::Text, Wants::Text, Wants::Text}, Kind::Text},
    {"lower", 1, 1, {Wants::Text, Wants::Text, Wants::Text}, Kind::Text},
    {"trim", 1, 1, {Wants::Text, Wants::Text, Wants::Text}, Kind::Text},
    {"substr", 3, 3, {Wants::Text, Wants::Place, Wants::Place}, Kind::Text},
    {"concat", 2, kAny, {Wants::Text, Wants::Text, Wants::Text}, Kind::Text},
    {"starts_with", 2, 2, {Wants::Text, Wants::Text, Wants::Text}, Kind::Bool},
    {"ends_with", 2, 2, {Wants::Text, Wants::Text, Wants::Text}, Kind::Bool},
    {"contains", 2, 2, {Wants::Text, Wants::Text, Wants::Text}, Kind::Bool},
    {"year", 1, 1, {Wants::Day, Wants::Day, Wants::Day}, Kind::Int},
    {"month", 1, 1, {Wants::Day, Wants::Day, Wants::Day}, Kind::Int},
    {"day", 1, 1, {Wants::Day, Wants::Day, Wants::Day}, Kind::Int},
    {"days_between", 2, 2, {Wants::Day, Wants::Day, Wants::Day}, Kind::Int},
}};

bool is_place(const Node& node) {
    const auto* number = std::get_if<std::int64_t>(&node.literal);
    return node.op == PredicateOp::Literal && number != nullptr && *number >= 0 && *number <= 4096;
}

bool fits(Wants wants, const Node& argument) {
    switch (wants) {
        case Wants::Text:
            return argument.kind == Kind::Text;
        case Wants::Number:
            return argument.is_number();
        case Wants::Whole:
            return argument.is_number() && argument.scale == 0;
        case Wants::Place:
            return is_place(argument);
        case Wants::Day:
            return argument.kind == Kind::Date;
        case Wants::Same:
            return argument.kind != Kind::Bytes;
    }
    return false;
}

std::string_view words(Wants wants) {
    switch (wants) {
        case Wants::Text:
            return "a text";
        case Wants::Number:
            return "a number";
        case Wants::Whole:
            return "a whole number";
        case Wants::Place:
            return "a whole number from 0 to 4096 written out";
        case Wants::Day:
            return "a date";
        case Wants::Same:
            return "a value";
    }
    return "a value";
}

}  // namespace

std::string_view kind_words(Kind kind) {
    switch (kind) {
        case Kind::Int:
        case Kind::Decimal:
            return "a number";
        case Kind::Bool:
            return "a condition";
        case Kind::Text:
            return "a text";
        case Kind::Bytes:
            return "bytes";
        case Kind::Date:
            return "a date";
        case Kind::Timestamp:
            return "a timestamp";
    }
    return "a value";
}

std::vector<std::string> predicate_function_names() {
    std::vector<std::string> names;
    for (const Function& function : kFunctions) {
        names.emplace_back(function.name);
    }
    return names;
}

std::optional<std::string> unify(std::vector<Node*> values, Kind& kind, int& scale) {
    kind = values.front()->kind;
    scale = 0;
    for (const Node* value : values) {
        const bool same =
            value->is_number() ? values.front()->is_number() : value->kind == values.front()->kind;
        if (!same) {
            return fmt::format("{} and {} cannot be put together",
                               kind_words(values.front()->kind),
                               kind_words(value->kind));
        }
        scale = std::max(scale, value->scale);
    }
    if (values.front()->is_number()) {
        kind = scale == 0 ? Kind::Int : Kind::Decimal;
    }
    return std::nullopt;
}

std::optional<std::string> check_function(Node& node) {
    const auto function =
        std::find_if(kFunctions.begin(), kFunctions.end(), [&](const Function& each) {
            return each.name == node.text;
        });
    const std::size_t given = node.children.size();
    if (given < function->least || given > function->most) {
        return fmt::format("{} takes {} argument{}, not {}",
                           node.text,
                           function->least == function->most
                               ? std::to_string(function->least)
                               : fmt::format("at least {}", function->least),
                           function->most == 1 ? "" : "s",
                           given);
    }
    std::vector<Node*> values;
    for (std::size_t i = 0; i < given; ++i) {
        const Wants wants = function->wants.at(std::min<std::size_t>(i, 2));
        if (!fits(wants, node.children[i])) {
            return fmt::format("argument {} of {} must be {}", i + 1, node.text, words(wants));
        }
        values.push_back(&node.children[i]);
    }
    node.kind = function->gives;
    if (function->takes_over) {
        return unify(values, node.kind, node.scale);
    }
    return std::nullopt;
}

}  // namespace hrbridge::engine
