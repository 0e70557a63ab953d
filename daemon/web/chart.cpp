#include "daemon/web/chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "daemon/base/markup.h"

namespace hrbridge::web {
namespace {

constexpr double kWidth = 480;
constexpr double kHeight = 260;
constexpr double kLeft = 42;
constexpr double kRight = 12;
constexpr double kTop = 12;
constexpr double kBottom = 34;

// A month without pieces has no share and is left out.
double drawn(double share) {
    return std::isfinite(share) ? share : 0;
}

// "2026-08" without its century.
std::string short_label(const std::string& label) {
    return label.size() > 2 ? label.substr(2) : label;
}

class Chart {
  public:
    explicit Chart(const std::vector<ChartPoint>& points) : points_(points) {
        double most = 0.01;
        for (const ChartPoint& point : points) {
            most = std::max({most, drawn(point.high), drawn(point.peer_share)});
        }
        step_ = most > 0.5 ? 0.2 : most > 0.2 ? 0.1 : most > 0.08 ? 0.05 : 0.01;
        top_ = std::ceil(most / step_) * step_;
    }

    std::string draw(const std::string& title) {
        svg_ = fmt::format(
            "<svg class=\"chart\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\" "
            "xmlns=\"http://www.w3.org/2000/svg\">",
            kWidth,
            kHeight,
            base::escape_markup(title));
        grid();
        peers();
        for (std::size_t i = 0; i < points_.size(); ++i) {
            own(i);
        }
        return svg_ + "</svg>";
    }

  private:
    double x(std::size_t i) const {
        const double room = kWidth - kLeft - kRight;
        return kLeft + room * (static_cast<double>(i) + 0.5) /
                           static_cast<double>(std::max<std::size_t>(points_.size(), 1));
    }
    double y(double share) const { return kTop + (kHeight - kTop - kBottom) * (1 - share / top_); }

    void grid() {
        for (double share = 0; share <= top_ + step_ / 2; share += step_) {
            svg_ += fmt::format(
                "<line x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\" stroke=\"#dde3ea\"/>",
                kLeft,
                y(share),
                kWidth - kRight,
                y(share));
            svg_ += fmt::format(
                "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\" font-size=\"12\" "
                "fill=\"#5b6876\">{:.0f}%</text>",
                kLeft - 6,
                y(share) + 4,
                share * 100);
        }
        const std::size_t every = std::max<std::size_t>(1, points_.size() / 6);
        for (std::size_t i = 0; i < points_.size(); ++i) {
            if ((points_.size() - 1 - i) % every == 0) {
                svg_ += fmt::format(
                    "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\" "
                    "fill=\"#5b6876\">{}</text>",
                    x(i),
                    kHeight - 12,
                    base::escape_markup(short_label(points_[i].label)));
            }
        }
    }

    void peers() {
        std::string line;
        for (std::size_t i = 0; i < points_.size(); ++i) {
            if (!std::isfinite(points_[i].peer_share)) {
                continue;
            }
            line += fmt::format("{:.1f},{:.1f} ", x(i), y(points_[i].peer_share));
        }
        svg_ += fmt::format(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"#5b6876\" stroke-width=\"2\" "
            "stroke-dasharray=\"6 4\"/>",
            line);
    }

    void own(std::size_t i) {
        const ChartPoint& point = points_[i];
        if (!std::isfinite(point.share)) {
            return;
        }
        const char* colour = point.judged ? "#b3261e" : "#1f5fbf";
        svg_ += fmt::format(
            "<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" stroke=\"{3}\" "
            "stroke-width=\"2\" opacity=\"0.55\"/>",
            x(i),
            y(point.low),
            y(std::min(point.high, top_)),
            colour);
        svg_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"/>",
                            x(i),
                            y(point.share),
                            point.judged ? 6 : 4,
                            colour);
    }

    const std::vector<ChartPoint>& points_;
    double step_ = 0.01;
    double top_ = 0.1;
    std::string svg_;
};

}  // namespace

std::string run_chart(const std::vector<ChartPoint>& points, const std::string& title) {
    return Chart(points).draw(title);
}

}  // namespace hrbridge::web
