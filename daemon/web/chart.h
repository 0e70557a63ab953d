#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hrbridge::web {

// A month of a run chart: shares with the interval of the person's own.
struct ChartPoint {
    std::string label;  // "2026-08"
    double share = 0;   // NaN: no pieces, not drawn; so with the peers' share
    double low = 0;
    double high = 0;
    double peer_share = 0;
    bool judged = false;  // one of the months that the finding rests on
};

// An SVG of the person's share by month, each with its interval, and the peers' share as a line.
// Texts are escaped. Readable without colour: own values are dots with whiskers, peers a dashed
// line.
std::string run_chart(const std::vector<ChartPoint>& points, const std::string& title);

}  // namespace hrbridge::web
