#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "migration/report/document.h"

namespace hrbridge::report {

struct Stage {
    std::string name;
    std::optional<std::int64_t> rows;  // nullopt: not done
    std::string note;                  // behind the number; of a stage that was not done, why
};
// Rows from stage to stage, as bars to one scale.
Drawing funnel(const std::vector<Stage>& stages, const std::string& title);

struct StackPart {
    std::string name;
    std::vector<std::int64_t> rows;  // of each bar
};
// One stacked bar for each label, parts from the bottom in their order, with a legend.
Drawing stacked_bars(const std::vector<std::string>& labels,
                     const std::vector<StackPart>& parts,
                     const std::string& title);

}  // namespace hrbridge::report
