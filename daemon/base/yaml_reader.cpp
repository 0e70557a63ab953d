#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/core.h>
#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/base/yaml.h"

namespace hrbridge::base {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t size;
};

constexpr std::array kDurations{Unit{"ms", 1},
                                Unit{"s", 1'000},
                                Unit{"m", 60'000},
                                Unit{"h", 3'600'000},
                                Unit{"d", 86'400'000}};
constexpr std::array kSizes{Unit{"", 1},
                            Unit{"KiB", std::int64_t{1} << 10},
                            Unit{"MiB", std::int64_t{1} << 20},
                            Unit{"GiB", std::int64_t{1} << 30},
                            Unit{"TiB", std::int64_t{1} << 40}};

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

// A whole number without a sign and one of `units`.
std::optional<std::int64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_integer(text.substr(0, digits));
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
        return candidate.name == text.substr(digits);
    });
    if (!number || unit == units.end() ||
        *number > std::numeric_limits<std::int64_t>::max() / unit->size) {
        return std::nullopt;
    }
    return *number * unit->size;
}

// Insertions, deletions, changes and swaps of neighbours that lead from one name to the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            std::size_t best = std::min(cost[i - 1][j], cost[i][j - 1]) + 1;
            best = std::min(best, cost[i - 1][j - 1] + change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = std::min(best, cost[i - 2][j - 2] + 1);
            }
            cost[i][j] = best;
        }
    }
    return cost[a.size()][b.size()];
}

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
    const std::string near = nearest(name, candidates);
    return near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near);
}

constexpr std::size_t kShownName = 60;

}  // namespace

YamlReader::YamlReader(const YamlNode* node, std::string path, Faults& faults)
    : node_(node), path_(std::move(path)), faults_(&faults) {
    if (node_ != nullptr && !node_->is_map() && node_->kind != YamlNode::Kind::Null) {
        faults_->push_back({node_->place() + (path_.empty() ? "" : ": " + path_),
                            "settings are expected here, one \"key: value\" a line"});
        broken_ = true;
    }
}

bool YamlReader::has(std::string_view key) {
    return child(key) != nullptr;
}

const YamlNode* YamlReader::child(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        known_.emplace_back(key);
    }
    return node_ == nullptr ? nullptr : node_->find(key);
}

YamlReader YamlReader::map(std::string_view key) {
    const YamlNode* node = child(key);
    return {node, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key), *faults_};
}

const YamlNode* YamlReader::scalar(std::string_view key) {
    const YamlNode* node = child(key);
    if (node != nullptr && !node->is_scalar()) {
        fault(key, "one value is expected here");
        return nullptr;
    }
    return node;
}

std::optional<std::string> YamlReader::text(std::string_view key) {
    const YamlNode* node = scalar(key);
    return node == nullptr ? std::nullopt : std::optional(node->text);
}

std::string YamlReader::required_text(std::string_view key) {
    if (!has(key)) {
        if (!broken_) {
            fault(key, "this setting is required and missing");
        }
        return {};
    }
    std::optional<std::string> value = text(key);
    if (value && value->empty()) {
        fault(key, "this setting is required and empty");
    }
    return value.value_or(std::string());
}

std::optional<std::int64_t> YamlReader::integer(std::string_view key,
                                                std::int64_t low,
                                                std::int64_t high) {
    const YamlNode* node = scalar(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto value = parse_integer(node->text);
    if (!value || *value < low || *value > high) {
        fault(key, fmt::format("a whole number from {} to {} is expected", low, high));
        return std::nullopt;
    }
    return value;
}

std::optional<bool> YamlReader::boolean(std::string_view key) {
    const YamlNode* node = scalar(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    if (node->text != "true" && node->text != "false") {
        fault(key, "write true or false");
        return std::nullopt;
    }
    return node->text == "true";
}

std::optional<std::int64_t> YamlReader::duration_ms(std::string_view key) {
    const YamlNode* node = scalar(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto value = parse_duration_ms(node->text);
    if (!value) {
        fault(key, "a duration is expected, such as 250ms, 30s, 15m, 24h or 7d");
    }
    return value;
}

std::optional<std::int64_t> YamlReader::byte_size(std::string_view key) {
    const YamlNode* node = scalar(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto value = parse_byte_size(node->text);
    if (!value) {
        fault(key, "a size is expected, such as 4096, 64KiB, 32MiB or 1GiB");
    }
    return value;
}

std::optional<std::string> YamlReader::choice(std::string_view key,
                                              std::initializer_list<std::string_view> choices) {
    const YamlNode* node = scalar(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    if (std::find(choices.begin(), choices.end(), node->text) == choices.end()) {
        const std::vector<std::string> names(choices.begin(), choices.end());
        fault(key,
              fmt::format("\"{}\" is not one of {}{}",
                          shorten(node->text, kShownName),
                          fmt::join(names, ", "),
                          did_you_mean(node->text, names)));
        return std::nullopt;
    }
    return node->text;
}

std::optional<std::vector<std::string>> YamlReader::texts(std::string_view key) {
    const YamlNode* node = child(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    if (node->is_scalar()) {
        return std::vector<std::string>{node->text};
    }
    const bool scalars = std::all_of(node->items.begin(),
                                     node->items.end(),
                                     [](const YamlNode& item) { return item.is_scalar(); });
    if (!node->is_list() || !scalars) {
        fault(key, "a list of values is expected here");
        return std::nullopt;
    }
    std::vector<std::string> values;
    for (const YamlNode& item : node->items) {
        values.push_back(item.text);
    }
    return values;
}

void YamlReader::fault(std::string_view key, std::string what) {
    const YamlNode* node = child(key);
    const YamlNode* place = node == nullptr ? node_ : node;
    std::string where = place == nullptr ? std::string() : place->place() + ": ";
    if (!path_.empty()) {
        where += path_ + ".";
    }
    faults_->push_back({where.append(key), std::move(what)});
}

void YamlReader::finish() {
    if (node_ == nullptr) {
        return;
    }
    const std::vector<std::string> known = known_;
    for (const auto& [key, value] : node_->entries) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            const std::string near = did_you_mean(key, known);
            fault(shorten(key, kShownName),
                  fmt::format("unknown key{}{}the keys here are {}",
                              near,
                              near.empty() ? "; " : " ",
                              fmt::join(known, ", ")));
        }
    }
}

std::string nearest(std::string_view name, std::span<const std::string> candidates) {
    // Beyond this no name of ours is near, and the table of distances would grow for nothing.
    constexpr std::size_t kLongest = 100;
    if (name.size() > kLongest) {
        return {};
    }
    std::string best;
    std::size_t least = (name.size() / 2) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < least) {
            least = distance;
            best = candidate;
        }
    }
    return best;
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
    return parse_with_unit(text, kDurations);
}

std::optional<std::int64_t> parse_byte_size(std::string_view text) {
    return parse_with_unit(text, kSizes);
}

}  // namespace hrbridge::base
