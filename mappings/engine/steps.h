#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::engine {

class CellReader;

// One cell on its way through a field's steps: NULL, or UTF-8 text.
struct Cell {
    bool null = true;
    std::string_view text;
};

// Two buffers used in turn, so that a step may read one while it writes the other.
class Scratch {
  public:
    // Empty, and not the one that next() gave before.
    std::string& next() {
        first_ = !first_;
        std::string& buffer = first_ ? a_ : b_;
        buffer.clear();
        return buffer;
    }

  private:
    std::string a_;
    std::string b_;
    bool first_ = false;
};

// What a step works with. `cell.text` views the raw block, a literal of the step or `scratch`.
struct StepRun {
    Cell cell;
    Scratch& scratch;
    const base::Zone& zone;
    CellReader* reader = nullptr;  // the row's other columns
    std::size_t row = 0;
    std::string problem;  // room for a message that a step has to build
};

struct CompiledStep;
// Changes run.cell. What is wrong with the value, without showing it; empty when nothing is.
using StepFunction = std::string_view (*)(const CompiledStep& step, StepRun& run);

struct CompiledStep {
    StepFunction run = nullptr;
    bool on_null = false;  // also called for NULL
    std::vector<std::string> arguments;
    std::vector<std::size_t> columns;  // concat, first_of: indexes in the raw block
    std::int64_t numbers[2] = {0, 0};
    std::string counter;  // "F07.null_if"
    std::int64_t changed = 0;
};

// The vocabulary: what may stand in `do:`.
struct StepSpec {
    std::string_view name;
    std::size_t least;  // arguments
    std::size_t most;
    std::string_view form;  // "null_if VALUE…", for messages and the README's table
    StepFunction run;
    bool on_null = false;
    // Columns of the source among the arguments: from this index on; kNone when there are none.
    std::size_t columns_from = kNone;

    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
};
std::span<const StepSpec> step_specs();
const StepSpec* find_step(std::string_view name);  // nullptr when unknown

// "null_if 1900-01-01" → name and arguments; an argument with blanks stands in double quotes, ""
// is the empty argument. Faults (without a place) for unknown steps, with the nearest name, and for
// arguments that do not fit.
base::Result<Step> parse_step(std::string_view text);

// Only for steps that parse_step() accepted. Columns are resolved by the caller.
CompiledStep compile_step(const Step& step);

// The formats of parse_date: YYYY, MM, DD, M, D, hh, mm, ss; all else stands for itself.
bool is_date_format(std::string_view format);

}  // namespace hrbridge::engine
