#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mappings/engine/cell_reader.h"
#include "mappings/engine/checks.h"
#include "mappings/engine/convert.h"
#include "mappings/engine/mapper.h"
#include "mappings/engine/pattern.h"
#include "mappings/engine/steps.h"
#include "mappings/engine/value_cache.h"

namespace hrbridge::engine {

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};
using CodeTable = std::unordered_map<std::string, std::string, TextHash, std::equal_to<>>;
using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

// The type that a field has in a batch: a reference carries its parent's natural key as text,
// of no more characters than its declared type allows.
base::FieldType batch_type(const FieldRule& rule);

// One field, compiled for the columns of one source. Maps a whole column of a block at a time.
class FieldPlan {
  public:
    struct Setting {
        const base::Zone& zone;
        base::Date today;
        // Index of a source column; nullopt when the source lacks it.
        std::function<std::optional<std::size_t>(std::string_view)> find;
    };
    // Faults when a column is missing. `rule` comes from a checked mapping.
    static base::Result<FieldPlan> make(const FieldRule& rule, const Setting& setting);

    // Appends a cell per row to `column` (NULL for rows already marked in `rejected`), marks and
    // reports the rows that fail.
    struct Target {
        base::Column& column;
        std::vector<std::uint8_t>& rejected;
        std::vector<RowFault>& faults;
    };
    void map(CellReader& reader, const base::RawBlock& block, const Target& target);

    const FieldRule& rule() const { return rule_; }
    // Adds the counts since the last call.
    void collect(MapCounts& counts);
    // Has the field remember up to so many values (a power of two), where a value alone decides
    // what becomes of it.
    void remember(std::size_t values);

  private:
    FieldPlan(FieldRule rule, Converter converter, base::Zone zone, base::Date today);

    void map_cell(CellReader& reader,
                  const base::RawBlock& block,
                  std::size_t row,
                  const Target& target);
    // What becomes of the cell; false: it is refused. `made` may view the block or the scratch.
    bool make_cell(CellReader& reader,
                   const base::RawBlock& block,
                   std::size_t row,
                   ValueCache::Made& made);
    void append(const ValueCache::Made& made, base::Column& column) const;
    void count(const ValueCache::Made& made);
    bool read(CellReader& reader, std::size_t row, Cell& cell);
    bool run_steps(CellReader& reader, std::size_t row, Cell& cell);
    bool look_up(Cell& cell);
    bool check(Cell& cell, Typed& typed);
    bool check_typed(const Typed& typed);
    bool check_range(const Typed& typed);
    bool fail(std::string_view problem, std::string_view text);
    bool fail_plain(std::string reason);
    bool fail_missing(const base::RawBlock& block, std::size_t row);
    void map_bytes(const base::RawBlock& block, const Target& target);
    void reject(std::size_t row, const Target& target);

    FieldRule rule_;
    Converter converter_;
    base::Zone zone_;
    base::Date today_;
    std::optional<std::size_t> source_;
    std::vector<CompiledStep> steps_;
    CodeTable codes_;
    TextSet allowed_;
    std::optional<Pattern> pattern_;
    std::optional<base::Int128> low_;
    std::optional<base::Int128> high_;
    Check check_ = Check::None;
    ValueCache known_;
    std::uint32_t changed_ = 0;  // by the steps of the cell under way, as ValueCache has it
    Scratch scratch_;
    std::string read_buffer_;
    std::string failed_rule_;
    std::string reason_;
    std::int64_t private_use_ = 0;
    std::int64_t replacement_ = 0;
    std::int64_t check_changed_ = 0;
};

}  // namespace hrbridge::engine
