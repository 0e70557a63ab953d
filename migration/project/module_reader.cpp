#include "migration/project/module_reader.h"

#include <set>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::project {
namespace {

constexpr std::size_t kMostModuleName = 40;  // a schema's name has 63 with all that goes around it
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kDefaultLimit = 10'000;        // 1 %
constexpr std::int64_t kDefaultConfidence = 950'000;  // 95 %
constexpr std::int64_t kLeastConfidence = 500'000;
constexpr std::int64_t kDefaultVolume = 200'000;  // 20 %
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kDay = 24 * 60 * kMinute;
constexpr std::int64_t kMostDays = 366;
constexpr int kShareDigits = 4;

bool is_module_name(std::string_view name) {
    return !name.empty() && name.size() <= kMostModuleName && name[0] >= 'a' && name[0] <= 'z' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
               std::string_view::npos;
}

void read_title(base::YamlReader& module, Module& out) {
    if (!module.has("title")) {
        module.fault("title", "is missing: {zh: 核心人事, en: Core HR}");
        return;
    }
    base::YamlReader reader = module.map("title");
    out.title = {reader.required_text("zh"), reader.required_text("en")};
    reader.finish();
}

std::int64_t share(base::YamlReader& reader,
                   std::string_view key,
                   std::int64_t least,
                   std::int64_t most,
                   std::int64_t otherwise) {
    const auto text = reader.text(key);
    if (!text) {
        return otherwise;
    }
    const auto ppm = parse_share_ppm(*text);
    if (!ppm || *ppm < least || *ppm > most) {
        reader.fault(key,
                     fmt::format("'{}' is no share from {}% to {}%, written as 0.5%",
                                 *text,
                                 static_cast<double>(least) / 10'000,
                                 static_cast<double>(most) / 10'000));
        return otherwise;
    }
    return *ppm;
}

void read_sample(base::YamlReader& module, Module& out) {
    base::YamlReader reader = module.map("sample");
    out.limit_ppm = share(reader, "limit", 1, kMillion / 2, kDefaultLimit);
    out.confidence_ppm =
        share(reader, "confidence", kLeastConfidence, kMillion - 1, kDefaultConfidence);
    reader.finish();
}

void read_tolerance(base::YamlReader& module, Module& out) {
    const auto text = module.text("balance_tolerance");
    if (!text) {
        return;  // 0: balances are equal
    }
    const auto value = base::Decimal::parse(*text);
    if (!value || *value < base::Decimal()) {
        module.fault("balance_tolerance",
                     fmt::format("'{}' is no amount of 0 or more, written as 0.01", *text));
        return;
    }
    out.balance_tolerance = *value;
}

std::int64_t span(base::YamlReader& module,
                  std::string_view key,
                  std::int64_t otherwise,
                  std::int64_t most_days) {
    if (!module.has(key)) {
        return otherwise;
    }
    const auto ms = module.duration_ms(key);
    if (ms && (*ms < kMinute || *ms > most_days * kDay)) {
        module.fault(key, fmt::format("must be from 1m to {}d", most_days));
    }
    return ms.value_or(otherwise);
}

void read_mappings(base::YamlReader& module, Module& out) {
    out.mappings = module.texts("mappings").value_or(std::vector<std::string>());
    if (out.mappings.empty()) {
        module.fault("mappings", "list the module's mappings in the order in which they load");
    }
    std::set<std::string> seen;
    for (const std::string& name : out.mappings) {
        if (!seen.insert(name).second) {
            module.fault("mappings", fmt::format("'{}' stands here twice", name));
        }
    }
}

void check_ids(const Module& module, const std::string& file, base::Faults& faults) {
    std::set<std::string> seen;
    const auto check = [&](const auto& rules) {
        for (const auto& rule : rules) {
            if (rule.id.starts_with(kVolumeRule)) {
                faults.push_back({fmt::format("{}:{}: id", file, rule.line),
                                  fmt::format("an id does not begin with {}: volumes have such ids",
                                              kVolumeRule)});
            }
            if (!rule.id.empty() && !seen.insert(rule.id).second) {
                faults.push_back(
                    {fmt::format("{}:{}: id", file, rule.line),
                     fmt::format("the id {} is used before in this module; ids show in verdicts "
                                 "and must be unique",
                                 rule.id)});
            }
        }
    };
    check(module.contracts);
    check(module.control_totals);
    check(module.must_check);
    check(module.rules);
    check(module.go_no_go);
}

}  // namespace

std::optional<std::int64_t> parse_share_ppm(std::string_view text) {
    if (!text.ends_with('%')) {
        return std::nullopt;
    }
    text.remove_suffix(1);
    const auto number = base::Decimal::parse(text);
    const auto scaled = number ? number->rescaled(kShareDigits) : std::nullopt;
    if (!scaled || scaled->unscaled() < 0 || scaled->unscaled() > kMillion) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(scaled->unscaled());
}

Module read_module(const base::YamlNode& node, base::Faults& faults) {
    base::YamlReader reader(&node, "modules", faults);
    Module module;
    module.line = node.line;
    module.name = reader.required_text("module");
    if (!module.name.empty() && !is_module_name(module.name)) {
        reader.fault("module",
                     fmt::format("'{}': a module's name begins with a-z and has at most {} of a-z, "
                                 "0-9 and _, as in core_hr",
                                 base::shorten(module.name, kMostModuleName),
                                 kMostModuleName));
    }
    read_title(reader, module);
    read_mappings(reader, module);
    read_sample(reader, module);
    read_tolerance(reader, module);
    module.volume_ppm = share(reader, "volume", 0, kMillion, kDefaultVolume);
    module.cut_over_ms = span(reader, "cut_over", 0, kMostDays);
    if (!reader.has("cut_over")) {
        reader.fault("cut_over", "is missing: how long the cut-over may take, as in 8h");
    }
    module.rollback_ms = span(reader, "rollback", 7 * kDay, kMostDays);
    read_contracts(reader, faults, module);
    read_control_totals(reader, faults, module);
    read_must_check(reader, faults, module);
    read_go_items(reader, faults, module);
    const base::YamlNode* const rules = reader.child("rules");
    if (rules != nullptr && rules->kind != base::YamlNode::Kind::Null) {
        module.rules = check::parse_rules(*rules, faults);
    }
    reader.finish();
    check_ids(module, node.file, faults);
    return module;
}

}  // namespace hrbridge::project
