#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "migration/check/scope.h"
#include "migration/sampling/rank.h"
#include "migration/spot_check/plan.h"
#include "migration/spot_check/row_content.h"
#include "migration/spot_check/source_reader.h"

namespace hrbridge::spot_check {

// A drawn row that comes onto the sheet.
struct WantedRow {
    RowKind kind = RowKind::Sample;
    std::size_t stratum = 0;
    std::int64_t id = 0;     // in the rehearsal's store
    sampling::Digest order;  // its place on the sheet within its stratum
};

// Puts rows of the rehearsal's store and of their sources side by side.
class SheetMaker {
  public:
    // `scope` is the rehearsal's store; all outlive this.
    SheetMaker(const check::Scope& scope,
               const Plan& plan,
               SourceReader& sources,
               const base::Zone& zone);

    // The rows in the order of the sheet: by stratum, in it by `order`, whatever their kind. Of the
    // decoys the first `decoys`, in the order given, of which a value can be altered stay. A fault
    // where a source cannot be read or there are too few such decoys.
    base::Result<std::vector<RowContent>> make(const std::vector<WantedRow>& rows,
                                               std::int64_t decoys,
                                               const sampling::Digest& seed,
                                               const std::stop_token& stop);

  private:
    struct Made {
        const WantedRow* wanted = nullptr;
        std::string match;
        RowContent content;
    };

    const engine::Mapping* mapping_of(const Stratum& stratum) const;
    void add_targets(std::size_t stratum,
                     const std::vector<WantedRow>& rows,
                     std::vector<Made>& made) const;
    std::optional<base::Fault> add_sources(const engine::Mapping& mapping,
                                           std::vector<Made>& made,
                                           std::size_t begin,
                                           const std::stop_token& stop);
    std::optional<base::Timestamp> read_until(const engine::Mapping& mapping) const;
    std::optional<base::Fault> plant_decoys(std::vector<Made>& made,
                                            const std::vector<WantedRow>& rows,
                                            std::int64_t decoys,
                                            const sampling::Digest& seed) const;

    const check::Scope& scope_;
    const Plan& plan_;
    SourceReader& sources_;
    const base::Zone& zone_;
    std::vector<store::EntityTable> tables_;
};

}  // namespace hrbridge::spot_check
