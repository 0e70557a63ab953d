#include "migration/report/charts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "migration/report/words.h"

namespace hrbridge::report {
namespace {

// Told apart without colour vision too: from dark to light (Okabe and Ito's set, reordered).
constexpr const char* kColours[] = {
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f8c9a"};
constexpr const char* kGrey = "#52606d";
constexpr const char* kRule = "#dde3e9";

// 1, 2 or 5 times a power of ten, the least with which `most` has at most five steps.
std::int64_t step_of(std::int64_t most) {
    for (std::int64_t power = 1;; power *= 10) {
        for (const std::int64_t factor : {1, 2, 5}) {
            if (most <= factor * power * 5) {
                return factor * power;
            }
        }
    }
}

}  // namespace

Drawing funnel(const std::vector<Stage>& stages, const std::string& title) {
    constexpr double kBar = 16;
    constexpr double kRow = 46;
    Drawing out;
    out.title = title;
    out.height = kRow * static_cast<double>(stages.size()) + 4;
    std::int64_t most = 1;
    for (const Stage& stage : stages) {
        most = std::max(most, stage.rows.value_or(0));
    }
    double y = 0;
    for (const Stage& stage : stages) {
        const std::string number = (stage.rows ? count_text(*stage.rows) : std::string()) +
                                   (stage.rows && !stage.note.empty() ? " · " : "") + stage.note;
        out.shapes.emplace_back(Label{0, y + 17, stage.name, 14});
        out.shapes.emplace_back(
            Label{out.width, y + 17, number, 14, Anchor::End, stage.rows ? "#1f2933" : kGrey});
        if (stage.rows) {
            const double width =
                out.width * static_cast<double>(*stage.rows) / static_cast<double>(most);
            out.shapes.emplace_back(Rectangle{0, y + 23, std::max(width, 1.0), kBar, "#1f4e79"});
        } else {
            const double middle = y + 23 + kBar / 2;
            out.shapes.emplace_back(Line{0, middle, out.width, middle, "#9aa5b1", 1.5, true});
        }
        y += kRow;
    }
    return out;
}

Drawing stacked_bars(const std::vector<std::string>& labels,
                     const std::vector<StackPart>& parts,
                     const std::string& title) {
    constexpr double kLeft = 58;
    constexpr double kRight = 516;
    constexpr double kTop = 22;
    constexpr double kBottom = 206;
    constexpr double kLegend = 20;
    Drawing out;
    out.title = title;
    out.height = kBottom + 34 + kLegend * static_cast<double>(parts.size());
    std::vector<std::int64_t> totals(labels.size());
    for (const StackPart& part : parts) {
        for (std::size_t i = 0; i < totals.size(); ++i) {
            totals[i] += part.rows[i];
        }
    }
    const std::int64_t most = std::max<std::int64_t>(
        1, totals.empty() ? 1 : *std::max_element(totals.begin(), totals.end()));
    const std::int64_t step = step_of(most);
    const double scale = (kBottom - kTop) / static_cast<double>((most + step - 1) / step * step);
    for (std::int64_t mark = 0; mark <= (most + step - 1) / step * step; mark += step) {
        const double y = kBottom - scale * static_cast<double>(mark);
        out.shapes.emplace_back(Line{kLeft, y, kRight, y, kRule, 1});
        out.shapes.emplace_back(
            Label{kLeft - 8, y + 4, count_text(mark), 12.5, Anchor::End, kGrey});
    }
    const double place =
        (kRight - kLeft) / static_cast<double>(std::max<std::size_t>(1, labels.size()));
    const double width = std::min(64.0, place * 0.6);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double middle = kLeft + place * (static_cast<double>(i) + 0.5);
        double y = kBottom;
        for (std::size_t j = 0; j < parts.size(); ++j) {
            const double height = scale * static_cast<double>(parts[j].rows[i]);
            y -= height;
            if (height > 0) {
                out.shapes.emplace_back(Rectangle{
                    middle - width / 2, y, width, height, kColours[j % std::size(kColours)]});
            }
        }
        out.shapes.emplace_back(Label{middle, y - 5, count_text(totals[i]), 14, Anchor::Middle});
        out.shapes.emplace_back(Label{middle, kBottom + 17, labels[i], 13, Anchor::Middle});
    }
    double y = kBottom + 34;
    for (std::size_t j = 0; j < parts.size(); ++j) {
        out.shapes.emplace_back(Rectangle{kLeft, y, 12, 12, kColours[j % std::size(kColours)]});
        out.shapes.emplace_back(Label{kLeft + 18, y + 10.5, parts[j].name, 13});
        y += kLegend;
    }
    return out;
}

}  // namespace hrbridge::report
