#include <algorithm>

#include "mappings/engine/predicate_node.h"

namespace hrbridge::engine {
namespace {

using Node = Predicate::Node;

int digits_of(const Node& node);

// Brought to a scale, a number gets zeros behind it.
int digits_at(const Node& node, int scale) {
    const int digits = digits_of(node);
    return digits == 0 || !node.is_number() ? digits : digits + std::max(0, scale - node.scale);
}

int digits_of(const Node& node) {
    if (node.op == PredicateOp::Column || node.op == PredicateOp::Literal) {
        return node.digits;
    }
    int digits = 0;
    for (const Node& child : node.children) {
        if (!node.is_number() || !child.is_number()) {
            continue;
        }
        digits = node.op == PredicateOp::Multiply ? digits + digits_of(child)
                                                  : std::max(digits, digits_at(child, node.scale));
    }
    return digits;
}

}  // namespace

int most_digits(const Node& node) {
    int scale = node.scale;
    for (const Node& child : node.children) {
        scale = child.is_number() ? std::max(scale, child.scale) : scale;
    }
    const bool aligns = node.op != PredicateOp::Multiply;
    int most = digits_of(node);
    for (const Node& child : node.children) {
        most = std::max({most, most_digits(child), aligns ? digits_at(child, scale) : 0});
    }
    return most;
}

}  // namespace hrbridge::engine
