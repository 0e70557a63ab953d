#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/result.h"
#include "daemon/base/row_hash.h"
#include "mappings/engine/charset.h"
#include "mappings/engine/mapping.h"
#include "migration/check/scope.h"
#include "migration/check/totals.h"

namespace hrbridge::app {

// Adds up raw columns of a mapping's source: balances by group and figures. Nothing of what the
// mapping makes of a value is used, so that a wrong mapping shows: of a field only its column, its
// type, its code table (groups have the store's codes) and what it takes for blank or NULL.
class RawTotals {
  public:
    RawTotals(const engine::Mapping& mapping,
              const std::vector<const check::RuleSpec*>& balances,
              const std::vector<const check::ControlForm*>& figures);

    void begin(const std::vector<base::DescribedColumn>& columns);
    void take(const base::RawBlock& block);

    // By the balance's place in the list; a fault's `what` says why there are none.
    base::Result<std::vector<check::ControlTotal>> totals(std::size_t balance) const;
    base::Result<std::string> figure(std::size_t figure) const;

  private:
    // How a raw cell is read.
    struct Reader {
        std::optional<std::string> constant;
        std::size_t column = 0;
        bool trims = false;
        bool upper = false;
        bool empty_is_null = false;
        std::vector<std::string> nulls;
        const std::vector<std::pair<std::string, std::string>>* codes = nullptr;
        base::Kind kind = base::Kind::Text;
    };
    using Group = std::vector<std::optional<std::string>>;
    struct Balance {
        const check::BalanceForm* form = nullptr;
        std::string problem;  // why it cannot be read from raw columns
        std::vector<Reader> group;
        std::vector<Reader> of;
        std::map<Group, std::vector<check::Total>> totals;
        // Of the first groups: by their raw bytes, which repeat row by row, places in `totals`.
        std::unordered_map<std::string, std::vector<check::Total>*> by_bytes;
    };
    struct Figure {
        const check::ControlForm* form = nullptr;
        std::string problem;
        Reader reader;
        check::Measure measure;
        check::Total total;
        std::set<base::RowHash> distinct;
    };

    std::string reader_of(const std::string& target, bool grouped, Reader& out) const;
    std::string find_column(const std::string& name, Reader& out) const;
    std::optional<std::string> text_of(const Reader& reader,
                                       const base::RawBlock& block,
                                       std::size_t row) const;
    std::string value_of(const Reader& reader, const std::string& text, base::Value& out) const;
    std::string in_row(const std::string& problem,
                       const base::RawBlock& block,
                       std::size_t row) const;
    std::vector<check::Total>& totals_of(Balance& balance,
                                         const base::RawBlock& block,
                                         std::size_t row);
    void add(Balance& balance, const base::RawBlock& block, std::size_t row);
    void add(Figure& figure, const base::RawBlock& block, std::size_t row);

    const engine::Mapping& mapping_;
    std::optional<engine::Decoder> decoder_;
    base::Zone zone_;
    std::vector<base::DescribedColumn> columns_;
    std::vector<Balance> balances_;
    std::vector<Figure> figures_;
    base::RowHasher hasher_;
    std::string bytes_;  // of a row's group
};

}  // namespace hrbridge::app
