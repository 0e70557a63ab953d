#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "daemon/base/yaml.h"
#include "mappings/engine/predicate_functions.h"
#include "mappings/engine/predicate_node.h"
#include "mappings/engine/predicate_reader.h"
#include "mappings/engine/predicate_tokens.h"

namespace hrbridge::engine {
namespace {

using SyntaxFault = PredicateSyntaxFault;
using Node = Predicate::Node;
using Token = PredicateToken;
using base::Kind;

constexpr int kDeepest = 40;
constexpr std::size_t kMostInList = 200;

// Recursive descent, one function a level of precedence: OR, AND, NOT, comparisons, + -, *, unary.
class Parser : private PredicateReader {
  public:
    Parser(std::vector<Token> tokens, const std::vector<PredicateColumn>& columns)
        : PredicateReader(std::move(tokens)), columns_(columns) {}

    Node whole() {
        Node node = parse_or();
        if (peek().kind != Token::Kind::End) {
            fail(fmt::format("'{}' is not expected here", peek().text));
        }
        want(node, Kind::Bool, 1, "a predicate must be a condition that is true or false");
        return node;
    }
    std::vector<std::string> used() && { return std::move(used_); }

  private:
    static void want(const Node& node, Kind kind, std::size_t column, const char* what) {
        if (node.kind != kind) {
            throw SyntaxFault{column, what};
        }
    }
    // A sealed column may stand before IS NULL only.
    void open_value(const Node& node, std::size_t column) const {
        if (node.sealed) {
            throw SyntaxFault{
                column,
                fmt::format("{} is sealed in the store: only IS NULL and IS NOT NULL may "
                            "look at it; use a field with store: false instead",
                            node.text)};
        }
    }

    Node parse_or() {
        Node left = parse_and();
        while (peek().is_word("or")) {
            left = join(PredicateOp::Or, std::move(left), &Parser::parse_and);
        }
        return left;
    }
    Node parse_and() {
        Node left = parse_not();
        while (peek().is_word("and")) {
            left = join(PredicateOp::And, std::move(left), &Parser::parse_not);
        }
        return left;
    }
    Node join(PredicateOp op, Node left, Node (Parser::*parse_right)()) {
        const std::size_t column = take().column;
        Node right = (this->*parse_right)();
        want(left, Kind::Bool, column, "AND and OR join conditions");
        want(right, Kind::Bool, column, "AND and OR join conditions");
        return make(op, {std::move(left), std::move(right)}, Kind::Bool);
    }
    Node parse_not() {
        if (!peek().is_word("not")) {
            return parse_comparison();
        }
        const std::size_t column = take().column;
        deeper();
        Node inner = parse_not();
        --depth_;
        want(inner, Kind::Bool, column, "NOT stands before a condition");
        return make(PredicateOp::Not, {std::move(inner)}, Kind::Bool);
    }

    Node parse_comparison() {
        const std::size_t column = peek().column;
        Node left = parse_sum();
        if (take_word("is")) {
            const bool negated = take_word("not");
            expect_word("null");
            return make(negated ? PredicateOp::IsNotNull : PredicateOp::IsNull,
                        {std::move(left)},
                        Kind::Bool);
        }
        open_value(left, column);
        const bool negated = take_word("not");
        if (peek().is_word("in") || peek().is_word("between") || peek().is_word("like")) {
            Node node = parse_word_comparison(std::move(left));
            return negated ? make(PredicateOp::Not, {std::move(node)}, Kind::Bool) : node;
        }
        if (negated) {
            fail("IN, BETWEEN or LIKE is expected behind NOT");
        }
        for (const char* symbol : {"=", "<>", "<=", ">=", "<", ">"}) {
            if (peek().is_symbol(symbol)) {
                const std::size_t place = take().column;
                return compare(symbol, std::move(left), value(), place);
            }
        }
        return left;
    }

    Node value() {
        const std::size_t column = peek().column;
        Node node = parse_sum();
        open_value(node, column);
        return node;
    }

    Node compare(const char* symbol, Node left, Node right, std::size_t column) {
        Kind kind{};
        int scale = 0;
        if (const auto what = unify({&left, &right}, kind, scale)) {
            throw SyntaxFault{column, *what};
        }
        return make(PredicateOp::Compare, {std::move(left), std::move(right)}, Kind::Bool, symbol);
    }

    Node parse_word_comparison(Node left) {
        const std::size_t column = peek().column;
        if (take_word("in")) {
            return parse_in(std::move(left));
        }
        if (take_word("between")) {
            Node low = value();
            expect_word("and");
            Node high = value();
            Node from = compare(">=", left, std::move(low), column);
            Node to = compare("<=", std::move(left), std::move(high), column);
            return make(PredicateOp::And, {std::move(from), std::move(to)}, Kind::Bool);
        }
        expect_word("like");
        want(left, Kind::Text, column, "LIKE looks at texts");
        if (peek().kind != Token::Kind::Text) {
            fail("the pattern of LIKE is a text written out, with % and _");
        }
        if (peek().text.find('\\') != std::string::npos) {
            fail("a pattern has no escapes; use contains, starts_with or ends_with");
        }
        return make(PredicateOp::Like, {std::move(left)}, Kind::Bool, take().text);
    }

    Node parse_in(Node left) {
        expect_symbol("(");
        std::vector<Node> children{std::move(left)};
        do {
            const std::size_t column = peek().column;
            Node item = parse_unary();
            if (item.op != PredicateOp::Literal) {
                throw SyntaxFault{column, "a list of IN holds values written out"};
            }
            Kind kind{};
            int scale = 0;
            if (const auto what = unify({&children.front(), &item}, kind, scale)) {
                throw SyntaxFault{column, *what};
            }
            children.push_back(std::move(item));
        } while (take_symbol(",") && children.size() <= kMostInList);
        expect_symbol(")");
        return make(PredicateOp::In, std::move(children), Kind::Bool);
    }

    Node parse_sum() {
        Node left = parse_product();
        while (peek().is_symbol("+") || peek().is_symbol("-")) {
            const bool plus = peek().is_symbol("+");
            const std::size_t column = take().column;
            left = sum(plus, std::move(left), parse_product(), column);
        }
        return left;
    }
    Node sum(bool plus, Node left, Node right, std::size_t column) {
        open_value(left, column);
        open_value(right, column);
        const PredicateOp op = plus ? PredicateOp::Add : PredicateOp::Subtract;
        const bool days = right.is_number() && right.scale == 0;
        if (left.kind == Kind::Date && days) {
            return make(op, {std::move(left), std::move(right)}, Kind::Date);
        }
        if (!left.is_number() || !right.is_number()) {
            throw SyntaxFault{column, "+ and - take numbers, or a date and a whole number of days"};
        }
        const int scale = std::max(left.scale, right.scale);
        Node node =
            make(op, {std::move(left), std::move(right)}, scale == 0 ? Kind::Int : Kind::Decimal);
        node.scale = scale;
        return node;
    }
    Node parse_product() {
        Node left = parse_unary();
        while (peek().is_symbol("*")) {
            const std::size_t column = take().column;
            Node right = parse_unary();
            if (!left.is_number() || !right.is_number()) {
                throw SyntaxFault{column, "* takes numbers"};
            }
            const int scale = left.scale + right.scale;
            Node node = make(PredicateOp::Multiply,
                             {std::move(left), std::move(right)},
                             scale == 0 ? Kind::Int : Kind::Decimal);
            node.scale = scale;
            left = std::move(node);
        }
        return left;
    }
    Node parse_unary() {
        if (!peek().is_symbol("-")) {
            return parse_primary();
        }
        const std::size_t column = take().column;
        deeper();
        Node inner = parse_unary();
        --depth_;
        if (!inner.is_number()) {
            throw SyntaxFault{column, "- stands before a number"};
        }
        if (inner.op == PredicateOp::Literal) {
            negate(inner.literal);
            return inner;
        }
        Node node = make(PredicateOp::Negate, {inner}, inner.kind);
        node.scale = inner.scale;
        return node;
    }
    Node parse_primary() {
        deeper();
        Node node = parse_primary_inside();
        --depth_;
        return node;
    }
    void deeper() {
        if (++depth_ > kDeepest) {
            fail("the predicate is nested too deeply; split it into several rules");
        }
    }

    Node parse_primary_inside() {
        const Token token = peek();
        switch (token.kind) {
            case Token::Kind::Number:
                return number();
            case Token::Kind::Text:
                take();
                return literal(token.text, Kind::Text);
            case Token::Kind::Name:
                return named();
            case Token::Kind::Symbol:
                if (take_symbol("(")) {
                    Node node = parse_or();
                    expect_symbol(")");
                    return node;
                }
                break;
            case Token::Kind::End:
                fail("the predicate ends where a value is expected");
        }
        fail(fmt::format("'{}' is not expected here", token.text));
    }

    Node named() {
        const Token name = take();
        if (name.text == "true" || name.text == "false") {
            return literal(name.text == "true", Kind::Bool);
        }
        if (name.text == "null") {
            throw SyntaxFault{name.column,
                              "NULL is no value to compare with; write IS NULL or IS NOT NULL"};
        }
        if (name.text == "case") {
            return parse_case();
        }
        if ((name.text == "date" || name.text == "timestamp") && peek().kind == Token::Kind::Text) {
            return time_literal(name);
        }
        if (take_symbol("(")) {
            return call(name);
        }
        return column(name);
    }

    Node column(const Token& name) {
        const auto found =
            std::find_if(columns_.begin(), columns_.end(), [&](const PredicateColumn& each) {
                return each.name == name.text;
            });
        if (found == columns_.end()) {
            std::vector<std::string> names;
            for (const PredicateColumn& each : columns_) {
                names.push_back(each.name);
            }
            const std::string near = base::nearest(name.text, names);
            throw SyntaxFault{name.column,
                              fmt::format("there is no field '{}'{}",
                                          name.text,
                                          near.empty() ? "" : "; nearest: " + near)};
        }
        if (std::find(used_.begin(), used_.end(), found->name) == used_.end()) {
            used_.push_back(found->name);
        }
        Node node = make(PredicateOp::Column, {}, found->type.kind, found->name);
        node.scale = found->type.kind == Kind::Decimal ? found->type.scale : 0;
        node.digits = found->type.kind == Kind::Decimal ? found->type.precision : 0;
        node.sealed = found->sealed;
        return node;
    }

    Node call(const Token& name) {
        const auto names = predicate_function_names();
        if (std::find(names.begin(), names.end(), name.text) == names.end()) {
            const std::string near = base::nearest(name.text, names);
            throw SyntaxFault{name.column,
                              fmt::format("there is no function '{}'{}",
                                          name.text,
                                          near.empty() ? "" : "; nearest: " + near)};
        }
        Node node = make(PredicateOp::Function, {}, Kind::Text, name.text);
        if (!peek().is_symbol(")")) {
            do {
                node.children.push_back(value());
            } while (take_symbol(","));
        }
        expect_symbol(")");
        if (const auto what = check_function(node)) {
            throw SyntaxFault{name.column, *what};
        }
        return node;
    }

    Node parse_case() {
        const std::size_t column = peek().column;
        Node node = make(PredicateOp::Case, {}, Kind::Text);
        while (take_word("when")) {
            Node condition = parse_or();
            want(condition, Kind::Bool, column, "WHEN stands before a condition");
            expect_word("then");
            node.children.push_back(std::move(condition));
            node.children.push_back(case_value());
        }
        expect_word("else");
        node.children.push_back(case_value());
        expect_word("end");
        if (node.children.size() < 3) {
            throw SyntaxFault{column, "CASE needs at least one WHEN"};
        }
        std::vector<Node*> values{&node.children.back()};
        for (std::size_t i = 1; i < node.children.size(); i += 2) {
            values.push_back(&node.children[i]);
        }
        if (const auto what = unify(values, node.kind, node.scale)) {
            throw SyntaxFault{column, *what};
        }
        return node;
    }
    Node case_value() {
        const std::size_t column = peek().column;
        Node node = parse_or();
        open_value(node, column);
        return node;
    }

    const std::vector<PredicateColumn>& columns_;
    int depth_ = 0;
    std::vector<std::string> used_;
};

}  // namespace

base::Result<Predicate> Predicate::parse(std::string_view text,
                                         const std::vector<PredicateColumn>& columns,
                                         const std::string& place) {
    auto tokens = tokenize_predicate(text);
    if (!tokens) {
        return base::Fault{place + ", " + tokens.fault().where, tokens.fault().what};
    }
    Parser parser(std::move(tokens).value(), columns);
    try {
        auto root = std::make_shared<const Node>(parser.whole());
        return Predicate(std::move(root), std::move(parser).used());
    } catch (const SyntaxFault& fault) {
        return base::Fault{fmt::format("{}, column {}", place, fault.column), fault.what};
    }
}

}  // namespace hrbridge::engine
