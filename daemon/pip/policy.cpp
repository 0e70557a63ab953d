#include "daemon/pip/policy.h"

#include <charconv>

#include <nlohmann/json.hpp>

#include "daemon/base/yaml.h"

namespace hrbridge::pip {
namespace {

Mode read_mode(base::YamlReader& reader, Mode otherwise) {
    const auto word = reader.choice("mode", {"off", "shadow", "watch", "live"});
    if (!word) {
        return otherwise;
    }
    return *word == "off"      ? Mode::Off
           : *word == "shadow" ? Mode::Shadow
           : *word == "watch"  ? Mode::Watch
                               : Mode::Live;
}

double read_share(base::YamlReader& reader, std::string_view key, double otherwise) {
    const auto text = reader.text(key);
    if (!text) {
        return otherwise;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value <= 0 || value >= 1) {
        reader.fault(key, "is a share between 0 and 1, e.g. 0.01");
        return otherwise;
    }
    return value;
}

void read_defect_level(base::YamlReader reader, DefectLevelPolicy& out) {
    out.mode = read_mode(reader, out.mode);
    out.months = static_cast<int>(reader.integer("months", 1, 12).value_or(out.months));
    out.alpha = read_share(reader, "alpha", out.alpha);
    out.watch_alpha = read_share(reader, "watch_alpha", out.watch_alpha);
    out.gap = read_share(reader, "gap", out.gap);
    out.n_min = reader.integer("n_min", 1, 1'000'000).value_or(out.n_min);
    out.correct_for_people = reader.boolean("correct_for_people").value_or(out.correct_for_people);
    out.over_dispersion = reader.boolean("over_dispersion").value_or(out.over_dispersion);
    reader.finish();
}

void read_streak(base::YamlReader reader, StreakPolicy& out) {
    out.mode = read_mode(reader, out.mode);
    if (out.mode == Mode::Live) {
        reader.fault(
            "mode",
            "this rule may watch, not warn: chance alone gives it to most people within a year");
    }
    out.months = static_cast<int>(reader.integer("months", 2, 12).value_or(out.months));
    out.max_missing =
        static_cast<int>(reader.integer("max_missing", 0, 3).value_or(out.max_missing));
    reader.finish();
}

const char* word(Mode mode) {
    switch (mode) {
        case Mode::Off:
            return "off";
        case Mode::Shadow:
            return "shadow";
        case Mode::Watch:
            return "watch";
        case Mode::Live:
            return "live";
    }
    return "off";
}

}  // namespace

LoadedPolicy load_policy(const std::string& path) {
    LoadedPolicy loaded;
    auto document = base::load_yaml(path);
    if (!document) {
        loaded.faults.push_back(document.fault());
        return loaded;
    }
    Policy policy;
    base::YamlReader root(&document.value(), "", loaded.faults);
    policy.settle_delay_days = static_cast<int>(
        root.integer("settle_delay_days", 0, 28).value_or(policy.settle_delay_days));
    policy.history_months =
        static_cast<int>(root.integer("history_months", 3, 120).value_or(policy.history_months));
    policy.month_pieces_min =
        root.integer("month_pieces_min", 1, 1'000'000).value_or(policy.month_pieces_min);
    policy.peers_min = root.integer("peers_min", 1, 1000).value_or(policy.peers_min);
    if (root.has("R1")) {
        read_defect_level(root.map("R1"), policy.defect_level);
    }
    if (root.has("R2")) {
        read_streak(root.map("R2"), policy.streak);
    }
    root.finish();
    if (loaded.faults.empty()) {
        loaded.policy = policy;
    }
    return loaded;
}

std::string to_json(const Policy& policy) {
    const DefectLevelPolicy& level = policy.defect_level;
    const nlohmann::json json{{"settle_delay_days", policy.settle_delay_days},
                              {"month_pieces_min", policy.month_pieces_min},
                              {"peers_min", policy.peers_min},
                              {"R1",
                               {{"mode", word(level.mode)},
                                {"months", level.months},
                                {"alpha", level.alpha},
                                {"watch_alpha", level.watch_alpha},
                                {"gap", level.gap},
                                {"n_min", level.n_min},
                                {"correct_for_people", level.correct_for_people},
                                {"over_dispersion", level.over_dispersion}}},
                              {"R2",
                               {{"mode", word(policy.streak.mode)},
                                {"months", policy.streak.months},
                                {"max_missing", policy.streak.max_missing}}}};
    return json.dump();
}

}  // namespace hrbridge::pip
