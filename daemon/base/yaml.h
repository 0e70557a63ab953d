#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/result.h"

namespace hrbridge::base {

// A parsed YAML document with positions. Scalars stay text: `no` is the text "no".
struct YamlNode {
    enum class Kind { Null, Scalar, List, Map };

    Kind kind = Kind::Null;
    std::string text;                                       // Scalar
    bool quoted = false;                                    // Scalar in quotes
    std::vector<YamlNode> items;                            // List
    std::vector<std::pair<std::string, YamlNode>> entries;  // Map, in file order
    std::string file;
    int line = 0;    // 1-based; of the key for a map's values
    int column = 0;  // 1-based

    // Out of line: within the class its own pairs are not complete yet.
    YamlNode();
    YamlNode(const YamlNode& other);
    YamlNode(YamlNode&& other) noexcept;
    YamlNode& operator=(const YamlNode& other);
    YamlNode& operator=(YamlNode&& other) noexcept;
    ~YamlNode();

    bool is_scalar() const { return kind == Kind::Scalar; }
    bool is_map() const { return kind == Kind::Map; }
    bool is_list() const { return kind == Kind::List; }
    // nullptr when there is no such key or this is not a map.
    const YamlNode* find(std::string_view key) const;
    // "file:line"
    std::string place() const;
};

// Reads one YAML document; an empty one is a Null node. Syntax errors, text that is not UTF-8,
// duplicate keys, merge keys, tags, a second document, aliases that nest deeper than 32 levels or
// multiply to more than 100,000 nodes are faults with file and line.
Result<YamlNode> parse_yaml(std::string_view text, std::string file);
Result<YamlNode> load_yaml(const std::string& path);

// Reads a map of settings, collecting every fault instead of stopping at the first. Unknown keys
// are faults that name the nearest valid key. Typical use:
//
//   YamlReader reader(node, "sources.erp", faults);
//   options.pages = reader.integer("pages", 1, 100).value_or(options.pages);
//   reader.finish();   // unknown keys
class YamlReader {
  public:
    // `node` may be absent (nullptr): then all getters give nullopt and `required` faults.
    YamlReader(const YamlNode* node, std::string path, Faults& faults);

    bool has(std::string_view key);
    // The child, or nullptr; a key without a value has a Null node. Marks the key as known.
    const YamlNode* child(std::string_view key);
    YamlReader map(std::string_view key);
    // All getters: nullopt when the key is missing, and, with a fault, when the value is wrong.
    std::optional<std::string> text(std::string_view key);
    // Missing and empty are faults.
    std::string required_text(std::string_view key);
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t low, std::int64_t high);
    std::optional<bool> boolean(std::string_view key);  // true or false only
    // "250ms", "30s", "15m", "24h", "7d"
    std::optional<std::int64_t> duration_ms(std::string_view key);
    // "4096", "64KiB", "32MiB", "1GiB"
    std::optional<std::int64_t> byte_size(std::string_view key);
    // One of `choices`; the fault names the nearest.
    std::optional<std::string> choice(std::string_view key,
                                      std::initializer_list<std::string_view> choices);
    // A list of scalars, or one scalar as a list of one.
    std::optional<std::vector<std::string>> texts(std::string_view key);

    // Adds a fault at this map's place, or at the key's when it exists.
    void fault(std::string_view key, std::string what);
    const std::string& path() const { return path_; }
    const YamlNode* node() const { return node_; }
    // Adds a fault for every key that no getter asked for.
    void finish();

  private:
    const YamlNode* scalar(std::string_view key);

    const YamlNode* node_;
    std::string path_;
    Faults* faults_;
    std::vector<std::string> known_;
    bool broken_ = false;  // not a map, which is a fault already
};

// The candidate with the smallest edit distance, or empty when none is near (more than half the
// name would change).
std::string nearest(std::string_view name, std::span<const std::string> candidates);

std::optional<std::int64_t> parse_duration_ms(std::string_view text);
std::optional<std::int64_t> parse_byte_size(std::string_view text);

}  // namespace hrbridge::base
