#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "daemon/base/text.h"
#include "daemon/base/yaml.h"

namespace hrbridge::base {
namespace {

constexpr int kDeepestAlias = 32;
// A few anchors of ten aliases each already make millions of nodes, however flat they are.
constexpr std::size_t kMostAliasedNodes = 100'000;

// Leaves the parser from within a handler.
struct Refused {
    Fault fault;
};

std::size_t count_nodes(const YamlNode& node) {
    std::size_t count = 1;
    for (const YamlNode& item : node.items) {
        count += count_nodes(item);
    }
    for (const auto& entry : node.entries) {
        count += count_nodes(entry.second);
    }
    return count;
}

// Builds the tree from the parser's events. yaml-cpp's own tree keeps the last of two equal keys
// and resolves plain scalars by its own taste, so it is not used.
class TreeBuilder final : public YAML::EventHandler {
  public:
    // `text` is what the parser reads; it outlives the builder.
    TreeBuilder(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {}

    YamlNode take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        // Keys are texts: "null: fail" is a setting of logic rules. "~" or nothing is no key.
        if (expects_key() && anchor == YAML::NullAnchor && is_written(mark, "null")) {
            take_key(at(mark), "null");
            return;
        }
        add(at(mark), anchor, 0);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto anchored = anchors_.find(anchor);
        if (anchored == anchors_.end()) {
            refuse(mark, "an alias stands inside the anchor that it names");
        }
        const int depth = anchored->second.depth + 1;
        aliased_nodes_ += count_nodes(anchored->second.node);
        if (depth > kDeepestAlias || aliased_nodes_ > kMostAliasedNodes) {
            refuse(mark,
                   "the aliases nest too deep or multiply too much: write the values out here");
        }
        add(anchored->second.node, YAML::NullAnchor, depth);
    }

    void OnScalar(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  const std::string& value) override {
        check_tag(mark, tag);
        YamlNode node = at(mark);
        node.quoted = tag == "!";
        if (expects_key()) {
            take_key(node, value);
            return;
        }
        node.kind = YamlNode::Kind::Scalar;
        node.text = value;
        add(std::move(node), anchor, 0);
    }

    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string& tag,
                         YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        check_tag(mark, tag);
        open(mark, YamlNode::Kind::List, anchor);
    }

    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark,
                    const std::string& tag,
                    YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        check_tag(mark, tag);
        open(mark, YamlNode::Kind::Map, anchor);
    }

    void OnMapEnd() override { close(); }

  private:
    // A list or map that is not closed yet.
    struct Open {
        YamlNode node;
        YAML::anchor_t anchor = YAML::NullAnchor;
        int alias_depth = 0;  // of the deepest alias within
        bool has_key = false;
        std::string key;
        int key_line = 0;
        int key_column = 0;
    };

    struct Anchored {
        YamlNode node;
        int depth = 0;
    };

    YamlNode at(const YAML::Mark& mark) const {
        YamlNode node;
        node.file = file_;
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        return node;
    }

    [[noreturn]] void refuse(const YAML::Mark& mark, std::string what) const {
        throw Refused{{at(mark).place(), std::move(what)}};
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag) const {
        if (!tag.empty() && tag != "?" && tag != "!") {
            refuse(mark, "a tag (!) has no meaning here: remove it");
        }
    }

    // The parser counts bytes, without a byte order mark.
    bool is_written(const YAML::Mark& mark, std::string_view word) const {
        const std::size_t skipped = text_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
        const std::size_t begin = static_cast<std::size_t>(std::max(mark.pos, 0)) + skipped;
        return begin < text_.size() && text_.substr(begin, word.size()) == word;
    }

    bool expects_key() const {
        return !open_.empty() && open_.back().node.is_map() && !open_.back().has_key;
    }

    void take_key(const YamlNode& place, const std::string& key) {
        Open& map = open_.back();
        if (key == "<<" && !place.quoted) {
            throw Refused{{place.place(), "merge keys (<<) are not used: write the keys out"}};
        }
        if (const YamlNode* first = map.node.find(key); first != nullptr) {
            throw Refused{{place.place(),
                           fmt::format("the key \"{}\" stands here and in line {}: keep one",
                                       shorten(key, 60),
                                       first->line)}};
        }
        map.has_key = true;
        map.key = key;
        map.key_line = place.line;
        map.key_column = place.column;
    }

    void open(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
        if (expects_key()) {
            refuse(mark, "a key must be a plain text");
        }
        Open opened;
        opened.node = at(mark);
        opened.node.kind = kind;
        opened.anchor = anchor;
        open_.push_back(std::move(opened));
    }

    void close() {
        Open closed = std::move(open_.back());
        open_.pop_back();
        add(std::move(closed.node), closed.anchor, closed.alias_depth);
    }

    void add(YamlNode node, YAML::anchor_t anchor, int alias_depth) {
        if (expects_key()) {
            throw Refused{{node.place(), "a key must be a plain text"}};
        }
        if (anchor != YAML::NullAnchor) {
            anchors_[anchor] = {node, alias_depth};
        }
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        parent.alias_depth = std::max(parent.alias_depth, alias_depth);
        if (parent.node.is_list()) {
            parent.node.items.push_back(std::move(node));
            return;
        }
        node.line = parent.key_line;
        node.column = parent.key_column;
        parent.node.entries.emplace_back(std::move(parent.key), std::move(node));
        parent.has_key = false;
    }

    std::string file_;
    std::string_view text_;
    YamlNode root_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::size_t aliased_nodes_ = 0;
};

// Takes notice of a second document and reads no further.
class SecondDocument final : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override { throw YAML::Mark(mark); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&,
                  const std::string&,
                  YAML::anchor_t,
                  const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&,
                         const std::string&,
                         YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&,
                    const std::string&,
                    YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

std::string place_of(const std::string& file, int line) {
    return fmt::format("{}:{}", file, line);
}

// The first line that is not UTF-8; 0 when all are.
int first_broken_line(std::string_view text) {
    int line = 0;
    for (const std::string_view part : split(text, '\n')) {
        ++line;
        if (!is_valid_utf8(part)) {
            return line;
        }
    }
    return 0;
}

// yaml-cpp takes the end of the file for the missing quote of a text when a line break stands
// before it, and so swallows every setting behind that text. A last comment lets it see the end.
std::string with_visible_end(std::string_view text) {
    std::string out(text);
    const std::string_view last_line = text.substr(text.find_last_of("\r\n") + 1);
    if (text.size() > last_line.size() && trim(last_line).empty()) {
        out += last_line.empty() ? "#" : "\n#";
    }
    return out;
}

std::string what_of(const YAML::Exception& error) {
    if (error.msg == YAML::ErrorMsg::EOF_IN_SCALAR) {
        return "a quoted text that began further up has no end: add the missing quote";
    }
    return "not valid YAML: " + error.msg;
}

}  // namespace

YamlNode::YamlNode() = default;
YamlNode::YamlNode(const YamlNode& other) = default;
YamlNode::YamlNode(YamlNode&& other) noexcept = default;
YamlNode& YamlNode::operator=(const YamlNode& other) = default;
YamlNode& YamlNode::operator=(YamlNode&& other) noexcept = default;
YamlNode::~YamlNode() = default;

const YamlNode* YamlNode::find(std::string_view key) const {
    const auto at = std::find_if(
        entries.begin(), entries.end(), [key](const auto& entry) { return entry.first == key; });
    return at == entries.end() ? nullptr : &at->second;
}

std::string YamlNode::place() const {
    return place_of(file, line);
}

Result<YamlNode> parse_yaml(std::string_view text, std::string file) {
    if (const int line = first_broken_line(text); line != 0) {
        return Fault{place_of(file, line), "the line is not UTF-8: save the file as UTF-8"};
    }
    std::istringstream in(with_visible_end(text));
    try {
        YAML::Parser parser(in);
        TreeBuilder builder(file, text);
        if (!parser.HandleNextDocument(builder)) {
            YamlNode empty;
            empty.file = std::move(file);
            empty.line = 1;
            empty.column = 1;
            return empty;
        }
        SecondDocument second;
        parser.HandleNextDocument(second);
        return builder.take();
    } catch (const Refused& refused) {
        return refused.fault;
    } catch (const YAML::Mark& mark) {
        return Fault{place_of(file, mark.line + 1),
                     "a second document begins here: one file holds one document"};
    } catch (const YAML::Exception& error) {
        return Fault{place_of(file, error.mark.line + 1), what_of(error)};
    }
}

Result<YamlNode> load_yaml(const std::string& path) {
    try {
        std::ifstream in(path, std::ios::binary);
        if (in.is_open()) {
            const std::string text{std::istreambuf_iterator<char>(in), {}};
            return parse_yaml(text, path);
        }
    } catch (const std::ios_base::failure&) {
        // A folder, or a disk that fails, shows only when it is read.
    }
    return Fault{path, "the file cannot be read: check its path and its rights"};
}

}  // namespace hrbridge::base
