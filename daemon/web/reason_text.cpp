#include "daemon/web/reason_text.h"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "daemon/base/yaml.h"
#include "hrbridge_web_files.h"

namespace hrbridge::web {
namespace {

constexpr std::string_view kPlaceholder = "{}";
constexpr std::string_view kHiddenValue = "the value";
constexpr std::string_view kShownValue = "\"{}\"";

std::vector<std::string> literal_parts(std::string_view text) {
    std::vector<std::string> parts;
    std::size_t at = text.find(kPlaceholder);
    for (; at != std::string_view::npos; at = text.find(kPlaceholder)) {
        parts.emplace_back(text.substr(0, at));
        text.remove_prefix(at + kPlaceholder.size());
    }
    parts.emplace_back(text);
    return parts;
}

// What stands in the placeholders, or nullopt. Taking each literal where it comes first leaves the
// most room for those behind it, so nothing is overlooked.
std::optional<std::vector<std::string_view>> match(const std::vector<std::string>& parts,
                                                   std::string_view text,
                                                   bool first_may_be_empty) {
    if (parts.size() == 1) {
        return text == parts[0] ? std::optional(std::vector<std::string_view>{}) : std::nullopt;
    }
    if (!text.starts_with(parts.front())) {
        return std::nullopt;
    }
    text.remove_prefix(parts.front().size());
    if (!text.ends_with(parts.back())) {
        return std::nullopt;
    }
    text.remove_suffix(parts.back().size());
    std::vector<std::string_view> found;
    for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
        const std::size_t least = found.empty() && first_may_be_empty ? 0 : 1;
        const std::size_t at = text.find(parts[i], least);
        if (at == std::string_view::npos) {
            return std::nullopt;
        }
        found.push_back(text.substr(0, at));
        text.remove_prefix(at + parts[i].size());
    }
    if (text.empty() && !(found.empty() && first_may_be_empty)) {
        return std::nullopt;
    }
    found.push_back(text);
    return found;
}

std::string fill(const std::vector<std::string>& parts,
                 const std::vector<std::string_view>& values) {
    std::string text = parts.front();
    for (std::size_t i = 0; i < values.size(); ++i) {
        text.append(values[i]).append(parts[i + 1]);
    }
    return text;
}

base::Fault broken(const base::YamlNode& node, std::string_view key, const std::string& what) {
    return {node.place(), "\"" + std::string(key) + "\" " + what};
}

const ReasonCatalogue* catalogue(const std::string& language) {
    static const std::map<std::string, ReasonCatalogue> kCatalogues = [] {
        const std::string file = "assets/reasons.zh.yaml";
        auto parsed = ReasonCatalogue::parse(embedded_file(file), file);
        if (!parsed) {
            throw std::logic_error(parsed.fault().where + ": " + parsed.fault().what);
        }
        std::map<std::string, ReasonCatalogue> all;
        all.emplace("zh", std::move(parsed).value());
        return all;
    }();
    const auto found = kCatalogues.find(language);
    return found == kCatalogues.end() ? nullptr : &found->second;
}

}  // namespace

base::Result<ReasonCatalogue> ReasonCatalogue::parse(std::string_view yaml,
                                                     const std::string& file) {
    const auto document = base::parse_yaml(yaml, file);
    if (!document) {
        return document.fault();
    }
    const base::YamlNode* hidden = document->find(kHiddenValue);
    const base::YamlNode* shown = document->find(kShownValue);
    if (hidden == nullptr || shown == nullptr) {
        return base::Fault{file, "the two forms of a value are missing: the value, \"{}\""};
    }
    ReasonCatalogue catalogue;
    for (const auto& [key, node] : document->entries) {
        if (&node == hidden || &node == shown) {
            continue;
        }
        Template plain{literal_parts(key), literal_parts(node.text), 0, false};
        if (node.text.empty() || plain.reason.size() != plain.shown.size()) {
            return broken(node, key, "has other placeholders than its translation");
        }
        catalogue.add(plain);
        if (!key.starts_with(std::string(kHiddenValue) + " ")) {
            continue;
        }
        if (!node.text.starts_with(hidden->text)) {
            return broken(node, key, "must begin with " + hidden->text);
        }
        catalogue.add({literal_parts(std::string(kShownValue) + key.substr(kHiddenValue.size())),
                       literal_parts(shown->text + node.text.substr(hidden->text.size())),
                       0,
                       true});
    }
    return catalogue;
}

void ReasonCatalogue::add(Template entry) {
    for (const std::string& part : entry.reason) {
        entry.literal += part.size();
    }
    const auto place = std::find_if(templates_.begin(), templates_.end(), [&](const auto& other) {
        return other.literal < entry.literal;
    });
    templates_.insert(place, std::move(entry));
}

std::string ReasonCatalogue::show(std::string_view reason) const {
    for (const Template& each : templates_) {
        if (const auto values = match(each.reason, reason, each.value_may_be_empty)) {
            return fill(each.shown, *values);
        }
    }
    return std::string(reason);
}

std::string reason_text(const std::string& language, std::string_view reason) {
    const ReasonCatalogue* known = catalogue(language);
    return known == nullptr ? std::string(reason) : known->show(reason);
}

}  // namespace hrbridge::web
