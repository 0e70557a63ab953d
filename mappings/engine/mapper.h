#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/base/raw_block.h"
#include "daemon/base/seal.h"
#include "daemon/base/time.h"
#include "mappings/engine/mapping.h"
#include "mappings/engine/watermark.h"

namespace hrbridge::engine {

// Why one row did not pass: the first rule that failed, in the order of the fields.
struct RowFault {
    std::uint32_t row = 0;  // index in the raw block
    std::string rule;       // "F04"; "decode", "key", "record": the engine's own
    std::string field;      // target field
    std::string reason;     // for people; shows no value of a personal field
};

// How often a step changed or a rule looked at something, for the report.
struct MapCounts {
    std::int64_t rows = 0;
    std::int64_t untimed = 0;  // rows that passed and whose watermark says no time
    std::map<std::string, std::int64_t> changed;      // "F07.null_if" → cells changed
    std::map<std::string, std::int64_t> private_use;  // field → cells with private-use characters
    std::map<std::string, std::int64_t> replacement;  // field → cells with U+FFFD
};

struct MapOutcome {
    base::Batch batch;              // rows that passed; reference fields hold natural keys as text
    std::vector<RowFault> rejects;  // in row order
};

// Maps blocks by one mapping. Compiled once for the columns that the source describes. Not
// thread-safe; one per thread.
class Mapper {
  public:
    // `today` is the day that "today-16y" counts from. Columns are found by name, case-insensitive.
    // Faults when the source lacks a column that a field needs. Digests of source keys are made
    // under `keys`; nullptr: plain.
    static base::Result<Mapper> make(const Mapping& mapping,
                                     const std::vector<base::DescribedColumn>& columns,
                                     base::Date today,
                                     const base::SealKeys* keys = nullptr);
    Mapper(Mapper&&) noexcept;
    Mapper& operator=(Mapper&&) noexcept;
    ~Mapper();

    // Clears and fills `out`.
    void map(const base::RawBlock& block, MapOutcome& out);
    const MapCounts& counts() const;
    // What the numbers in base::Batch::times are; nullopt as long as no row has said a time.
    std::optional<WatermarkForm> watermark_form() const;
    // The typed columns a batch has, in field order (also those with `store: false`).
    const std::vector<base::Column>& layout() const;

  private:
    struct Impl;
    explicit Mapper(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// Runs the fixtures; a fault for each that does not hold, with its line.
base::Faults run_fixtures(const Mapping& mapping, base::Date today);

}  // namespace hrbridge::engine
