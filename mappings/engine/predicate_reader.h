#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "mappings/engine/predicate_node.h"
#include "mappings/engine/predicate_tokens.h"

namespace hrbridge::engine {

// Stops the descent at the first fault; never leaves Predicate::parse().
struct PredicateSyntaxFault {
    std::size_t column;
    std::string what;
};

// Takes a predicate's tokens one by one and makes the values that are written out.
class PredicateReader {
  protected:
    using SyntaxFault = PredicateSyntaxFault;
    using Node = Predicate::Node;
    using Token = PredicateToken;
    using Kind = base::Kind;

    explicit PredicateReader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    const Token& peek() const { return tokens_[at_]; }
    const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
    bool take_word(std::string_view word) { return peek().is_word(word) && (take(), true); }
    bool take_symbol(std::string_view symbol) { return peek().is_symbol(symbol) && (take(), true); }
    [[noreturn]] void fail(std::string what) const {
        throw SyntaxFault{peek().column, std::move(what)};
    }
    void expect_symbol(std::string_view symbol) {
        if (!take_symbol(symbol)) {
            fail(fmt::format("'{}' is expected here", symbol));
        }
    }
    void expect_word(std::string_view word) {
        if (!take_word(word)) {
            fail(fmt::format("{} is expected here", word));
        }
    }

    static Node literal(base::Value value, Kind kind, int scale = 0) {
        Node node;
        node.literal = std::move(value);
        node.kind = kind;
        node.scale = scale;
        return node;
    }

    Node number() {
        const auto decimal = base::Decimal::parse(peek().text);
        if (!decimal) {
            fail("this is no number of at most 38 digits");
        }
        take();
        if (decimal->scale() == 0 && decimal->digits() <= 18) {
            return literal(static_cast<std::int64_t>(decimal->unscaled()), Kind::Int);
        }
        Node node = literal(*decimal, Kind::Decimal, decimal->scale());
        node.digits = decimal->digits();
        return node;
    }

    Node time_literal(const Token& name) {
        if (name.text == "date") {
            const auto date = base::parse_date(peek().text);
            if (!date) {
                fail("a date is written DATE '2024-05-06'");
            }
            take();
            return literal(*date, Kind::Date);
        }
        const auto instant = base::parse_timestamp(peek().text);
        if (!instant) {
            fail("a timestamp is written with its zone: TIMESTAMP '2024-05-06 07:08:09+08:00'");
        }
        take();
        return literal(*instant, Kind::Timestamp);
    }

    static void negate(base::Value& value) {
        if (auto* number = std::get_if<std::int64_t>(&value)) {
            *number = -*number;
        } else if (auto* decimal = std::get_if<base::Decimal>(&value)) {
            *decimal = base::Decimal(-decimal->unscaled(), decimal->scale());
        }
    }

    static Node make(PredicateOp op, std::vector<Node> children, Kind kind, std::string text = {}) {
        Node node;
        node.op = op;
        node.children = std::move(children);
        node.kind = kind;
        node.text = std::move(text);
        return node;
    }

  private:
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

}  // namespace hrbridge::engine
