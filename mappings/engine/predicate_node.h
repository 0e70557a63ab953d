#pragma once

#include <string>
#include <vector>

#include "daemon/base/value.h"
#include "mappings/engine/predicate.h"

namespace hrbridge::engine {

enum class PredicateOp {
    Column,   // text: its name
    Literal,  // literal
    Compare,  // text: = <> < <= > >=
    And,
    Or,
    Not,
    IsNull,
    IsNotNull,
    In,    // children: the value, then literals
    Like,  // text: the pattern
    Add,   // numbers, dates plus days
    Subtract,
    Multiply,
    Negate,
    Case,      // children: when, then, …, else
    Function,  // text: its name
};

// A node of a checked predicate. Numbers have a scale: an Int column 0, a Decimal column its own.
struct Predicate::Node {
    PredicateOp op = PredicateOp::Literal;
    std::string text;
    base::Value literal = base::Null{};
    base::Kind kind = base::Kind::Bool;  // Int stands for all numbers with scale 0
    int scale = 0;
    int digits = 0;  // of a decimal column or literal; 0: any other node
    bool sealed = false;
    std::vector<Node> children;

    bool is_number() const { return kind == base::Kind::Int || kind == base::Kind::Decimal; }
};

// The most digits that a decimal of the node's own scale, or of a greater one that its parents
// bring it to, may need anywhere in the tree. Whole numbers of columns count as none.
int most_digits(const Predicate::Node& node);

// The dialect's text of a checked node (predicate_render.cpp).
std::string render_node(const Predicate::Node& node, SqlDialect dialect, std::string_view alias);

}  // namespace hrbridge::engine
