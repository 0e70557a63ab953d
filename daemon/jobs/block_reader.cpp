#include "daemon/jobs/block_reader.h"

#include <utility>

#include "daemon/base/error.h"

namespace hrbridge::jobs {
namespace {

// One being filled, one waiting, one being worked on.
constexpr std::size_t kBlocks = 3;

}  // namespace

BlockReader::BlockReader(connectors::Source& source,
                         base::Clock& clock,
                         std::int64_t rows_per_second)
    : source_(source),
      clock_(clock),
      rows_per_second_(rows_per_second),
      started_(clock.monotonic()),
      free_(kBlocks),
      ready_(kBlocks + 1) {
    for (std::size_t i = 0; i < kBlocks; ++i) {
        free_.push(std::make_unique<base::RawBlock>(), std::stop_token());
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { read_all(stop); });
}

BlockReader::~BlockReader() {
    thread_.request_stop();
    free_.close();
    ready_.close();
}

void BlockReader::read_all(const std::stop_token& stop) {
    std::int64_t rows = 0;
    try {
        while (auto block = free_.pop(stop)) {
            // A source asked to stop may say "no more".
            if (!source_.read(**block, stop) || stop.stop_requested()) {
                break;
            }
            rows += static_cast<std::int64_t>((*block)->rows);
            ready_.push(std::move(*block), stop);
            spare_the_source(rows, stop);
        }
    } catch (...) {
        failure_ = std::current_exception();
    }
    ready_.push(nullptr, stop);
}

void BlockReader::spare_the_source(std::int64_t rows, const std::stop_token& stop) {
    if (rows_per_second_ <= 0) {
        return;
    }
    const std::chrono::milliseconds due(rows * 1000 / rows_per_second_);
    const std::chrono::nanoseconds ahead = due - (clock_.monotonic() - started_);
    if (ahead.count() > 0) {
        clock_.sleep(ahead, stop);
    }
}

std::unique_ptr<base::RawBlock> BlockReader::next(const std::stop_token& stop) {
    auto block = ready_.pop(stop);
    if (!block || stop.stop_requested()) {
        throw base::Stopped();
    }
    if (!*block && failure_) {
        std::rethrow_exception(failure_);
    }
    return std::move(*block);
}

void BlockReader::give(std::unique_ptr<base::RawBlock> block) {
    free_.push(std::move(block), std::stop_token());
}

}  // namespace hrbridge::jobs
