#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/raw_block.h"
#include "daemon/base/result.h"
#include "daemon/base/seal.h"
#include "daemon/base/time.h"
#include "daemon/base/yaml.h"

namespace hrbridge::connectors {

// [from, to) of a watermark column, by the source's clock. No `from` reads everything before `to`
// and the rows whose watermark is NULL.
struct Window {
    std::string column;
    std::optional<base::Timestamp> from;
    base::Timestamp to;
};

// The guard of the source, or what else was agreed with its owner, stands against asking it now.
// Nothing is wrong and nothing was lost: come back later. what() is for people.
class PutOff : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// SealKeys::digest() of the rows in positions.
inline constexpr std::string_view kPositionPurpose = "position 1";

// One reading of one dataset. All pointers outlive the Source.
struct ReadRequest {
    const base::YamlNode* dataset = nullptr;  // the mapping's `source:` map
    std::vector<std::string> key;             // source columns that identify a row
    std::string zone = "UTC";                 // of the source's wall-clock times
    // Texts are wanted as the source keeps them, where it would turn them into another charset.
    bool text_as_bytes = false;
    std::optional<Window> window;  // absent: the dataset has no watermark
    std::string after;             // RawBlock::position to continue behind; empty: start
    // Digests of rows stand in positions under a key of these, since who reads the store could find
    // a row's pay from plain ones by trying. nullptr: plain. Another choice has the rows at the
    // position read again.
    const base::SealKeys* keys = nullptr;
    // When not empty, the reading may leave out all columns but these (and need not).
    std::vector<std::string> only;
    std::string memory;                   // Source::memory() of the last whole reading, or empty
    std::size_t block_rows = 2000;        // upper bound; fewer when the byte budget says so
    std::size_t block_bytes = 8U << 20U;  // room for one block
    // Of this reading, beside what the source's guard says; 0: no limit. A database is asked for no
    // more at once; whoever reads waits between the blocks.
    std::int64_t rows_per_second = 0;
    std::stop_token stop;  // of the wait for a session in open()
    // Called when the reading had to wait until it may ask for rows; what it throws ends the
    // reading, and what came before is good. May be empty.
    std::function<void()> may_ask;
};

// An open reading. One thread at a time. Throws base::ConnectorError.
class Source {
  public:
    virtual ~Source() = default;
    // Known before the first row: for drift checks and for the mapper.
    virtual const std::vector<base::DescribedColumn>& columns() const = 0;
    // Clears and fills `block` (columns in the order of columns()); false at the end, then the
    // block is empty. The block's memory may be bound to the driver until the next call.
    virtual bool read(base::RawBlock& block, const std::stop_token& stop) = 0;
    // What the next reading has to know of this one, for the checkpoint; asked for at the end only.
    virtual std::string memory() const { return {}; }
    // The parts of the source that this reading, with those that it went on from, gave from
    // beginning to end; asked for at the end only. A part is a file that base::kPlaceColumn names,
    // or "" for all that a source without files has. Only what is sure: a refused row of such a
    // part that did not come again is taken for corrected.
    virtual std::vector<std::string> parts_read() const { return {}; }
};

// One configured outside system ("sources: erp: {kind: odbc, …}"). Thread-safe: each open() has
// its own session.
class Connector {
  public:
    virtual ~Connector() = default;
    virtual std::string_view kind() const = 0;
    // Reaches the system and logs in. Throws base::ConnectorError whose text tells what to do, and
    // PutOff, as now() and open() do.
    virtual void check() = 0;
    // The source's own clock, for windows. Throws base::ConnectorError, or base::Stopped soon after
    // `stop` was requested.
    virtual base::Timestamp now(const std::stop_token& stop) = 0;
    // Faults (with file and line) of a mapping's `source:` map, without reaching the system.
    // The engine has already checked the keys that every kind shares: conn, read_as, key, columns.
    virtual base::Faults validate(const base::YamlNode& dataset) const = 0;
    virtual std::unique_ptr<Source> open(const ReadRequest& request) = 0;
};

// What a source may cost: limits that are enforced while reading and measured (SourceMeter).
struct SourceGuard {
    int sessions = 1;
    std::chrono::milliseconds session_wait{600'000};  // for a free one
    std::int64_t rows_per_second = 0;                 // 0: no limit
    std::int64_t query_seconds = 300;
    std::string hours;  // base::DayHours in the mapping's zone, held by who runs it; empty: always
};

}  // namespace hrbridge::connectors
