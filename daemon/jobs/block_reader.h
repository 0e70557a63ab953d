#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <thread>

#include "connectors/connector.h"
#include "daemon/base/clock.h"
#include "daemon/base/queue.h"

namespace hrbridge::jobs {

// Reads a source in a thread of its own, a few blocks ahead of its user.
class BlockReader {
  public:
    // `rows_per_second` spares the source; 0: no limit. `source` and `clock` outlive this.
    BlockReader(connectors::Source& source, base::Clock& clock, std::int64_t rows_per_second);
    BlockReader(const BlockReader&) = delete;
    BlockReader& operator=(const BlockReader&) = delete;
    ~BlockReader();

    // The next block, which is give()n back when it is done with; nullptr at the end. Throws what
    // the source threw, and base::Stopped.
    std::unique_ptr<base::RawBlock> next(const std::stop_token& stop);
    void give(std::unique_ptr<base::RawBlock> block);

  private:
    void read_all(const std::stop_token& stop);
    void spare_the_source(std::int64_t rows, const std::stop_token& stop);

    connectors::Source& source_;
    base::Clock& clock_;
    std::int64_t rows_per_second_;
    std::chrono::nanoseconds started_;
    base::BoundedQueue<std::unique_ptr<base::RawBlock>> free_;
    base::BoundedQueue<std::unique_ptr<base::RawBlock>> ready_;
    std::exception_ptr failure_;  // set before the end is marked
    std::jthread thread_;
};

}  // namespace hrbridge::jobs
