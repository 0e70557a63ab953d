#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/base/raw_block.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::reconcile {

// The source cannot be read now, and why, for people.
class CannotRead final : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// A reading of a mapping's whole source, without a window.
struct SourceReading {
    std::string after = {};  // base::RawBlock::position to begin behind; empty: the start
    std::vector<std::string> only = {};  // the columns that will do; empty: all are wanted
    // After a failure that passed: on behind the last block, or all of it once more. Behind it a
    // row may come again where the source lost the one to go on from; a whole reading has each
    // once.
    enum class Again { BehindTheLast, All } again = Again::BehindTheLast;
    // The columns, before the first block, and again after a failure that passed.
    std::function<void(const std::vector<base::DescribedColumn>&)> begin;
    // False ends the reading.
    std::function<bool(const base::RawBlock&)> take;
};

// What reads sources; whoever reconciles has none of its own.
class SourceReader {
  public:
    virtual ~SourceReader() = default;
    // In the caller's thread, to the source's end or until `take` has enough. A failure that may
    // pass is tried again. Throws CannotRead and base::Stopped.
    virtual void read(const engine::Mapping& mapping, const SourceReading& reading) = 0;
};

}  // namespace hrbridge::reconcile
