#include "daemon/jobs/pipeline.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/queue.h"
#include "daemon/jobs/packed_copy.h"
#include "daemon/jobs/reject_rows.h"

namespace hrbridge::jobs {
namespace {

// One block being filled, one waiting and one being worked on, at each of the two stages.
constexpr std::size_t kBlocks = 3;

struct MappedBlock {
    engine::MapOutcome outcome;
    std::vector<store::Reject> rejects;
    std::shared_ptr<const base::RawBlock> rows;  // only when rules may refuse rows later
    std::int64_t rows_read = 0;
    std::int64_t passed_over = 0;
    std::string position;
    bool is_long = false;  // see Pipeline::is_long()
};

// Objects that go round between two stages; nullptr in `ready` marks the end of the source.
template <typename T>
struct Ring {
    base::BoundedQueue<std::unique_ptr<T>> free{kBlocks};
    base::BoundedQueue<std::unique_ptr<T>> ready{kBlocks + 1};

    void fill() {
        for (std::size_t i = 0; i < kBlocks; ++i) {
            free.push(std::make_unique<T>(), std::stop_token());
        }
    }
};

class Pipeline {
  public:
    Pipeline(const PipelineParts& parts, const PipelineLimits& limits, const PipelineHooks& hooks)
        : parts_(parts),
          limits_(limits),
          hooks_(hooks),
          keeps_rows_(parts.keep_rows),
          rejects_(parts.mapping, parts.source.columns()) {
        raw_.fill();
        mapped_.fill();
    }

    PipelineEnd run(const store::Checkpoint& start, const std::stop_token& stop) {
        checkpoint_ = start;
        checkpoint_.complete = false;
        started_ = parts_.clock.monotonic();
        const std::stop_callback forward(stop, [this] { end_.request_stop(); });
        PipelineEnd how = PipelineEnd::Stopped;
        {
            const std::jthread reader([this] { guarded([this] { read_all(); }); });
            const std::jthread mapper([this] { guarded([this] { map_all(); }); });
            guarded([&] { how = write_all(); });
            end_.request_stop();
        }
        if (failure_) {
            parts_.writer.abandon();
            std::rethrow_exception(failure_);
        }
        if (how == PipelineEnd::Stopped && staged_rows_ > 0 && !commit_or_abandon()) {
            how = PipelineEnd::Early;
        }
        if (source_failure_ && how != PipelineEnd::Early) {
            std::rethrow_exception(source_failure_);
        }
        return how;
    }

  private:
    template <typename Work>
    void guarded(Work&& work) {
        try {
            work();
        } catch (...) {
            const std::lock_guard lock(failure_mutex_);
            if (!failure_) {
                failure_ = std::current_exception();
            }
            end_.request_stop();
        }
    }

    void read_all() {
        const std::stop_token stop = end_.get_token();
        std::int64_t rows = 0;
        while (auto block = raw_.free.pop(stop)) {
            const bool more = read_block(**block, stop);
            // A source asked to stop may say "no more": only an undisturbed "no more" is the end.
            if (stop.stop_requested()) {
                return;
            }
            if (!more) {
                raw_.ready.push(nullptr, stop);
                return;
            }
            rows += static_cast<std::int64_t>((*block)->rows);
            const bool alone = is_long(**block);
            raw_.ready.push(std::move(*block), stop);
            if (alone && !long_is_written_.pop(stop)) {
                return;
            }
            spare_the_source(rows, stop);
        }
    }

    // Of a cell that is longer than all else together. Its block goes through the stages alone: the
    // source may give the same row again at once, as the one behind which it is asked to go on.
    bool is_long(const base::RawBlock& block) const { return block.byte_size() > limits_.bytes; }

    // A source that fails is at its end for now: what it gave is good and is committed, so that a
    // connection that never lasts for a whole batch gets on all the same.
    bool read_block(base::RawBlock& block, const std::stop_token& stop) {
        try {
            return parts_.source.read(block, stop);
        } catch (const base::SystemError&) {
            source_failure_ = std::current_exception();
            return false;
        } catch (const connectors::PutOff&) {
            source_failure_ = std::current_exception();
            return false;
        } catch (const base::Stopped&) {
            if (!stop.stop_requested()) {
                throw;
            }
            return false;
        }
    }

    void spare_the_source(std::int64_t rows, const std::stop_token& stop) {
        const std::int64_t rate = parts_.mapping.sync.rows_per_second;
        if (rate <= 0) {
            return;
        }
        const std::chrono::milliseconds due(rows * 1000 / rate);
        const std::chrono::nanoseconds ahead = due - (parts_.clock.monotonic() - started_);
        if (ahead.count() > 0) {
            parts_.clock.sleep(ahead, stop);
        }
    }

    void map_all() {
        const std::stop_token stop = end_.get_token();
        while (auto block = raw_.ready.pop(stop)) {
            if (!*block) {
                mapped_.ready.push(nullptr, stop);
                return;
            }
            auto mapped = mapped_.free.pop(stop);
            if (!mapped) {
                return;
            }
            (*mapped)->is_long = is_long(**block);
            map_block(**block, **mapped);
            if ((*mapped)->is_long) {
                (*block)->clear();
            }
            raw_.free.push(std::move(*block), stop);
            mapped_.ready.push(std::move(*mapped), stop);
        }
    }

    void map_block(base::RawBlock& block, MappedBlock& mapped) {
        parts_.mapper.map(block, mapped.outcome);
        mapped.rejects.clear();
        for (const engine::RowFault& fault : mapped.outcome.rejects) {
            mapped.rejects.push_back(rejects_.make_away(fault, block));
        }
        // From the first reject on, a later good row may be what ends it.
        keeps_rows_ = keeps_rows_ || !mapped.rejects.empty();
        if (keeps_rows_) {
            mapped.rows = packed_copy(block, mapped.rejects);
        }
        mapped.rows_read = static_cast<std::int64_t>(block.rows);
        mapped.passed_over = static_cast<std::int64_t>(block.passed_over);
        mapped.position = block.position;
    }

    PipelineEnd write_all() {
        const std::stop_token stop = end_.get_token();
        while (auto mapped = next_block(stop)) {
            if (!*mapped) {
                return write_last_batch();
            }
            write_block(**mapped);
            const bool was_long = (*mapped)->is_long;
            mapped_.free.push(std::move(*mapped), stop);
            if (batch_is_full() && !commit()) {
                return PipelineEnd::Early;
            }
            if (was_long) {
                long_is_written_.push(true, stop);
            }
        }
        return ended_early_ ? PipelineEnd::Early : PipelineEnd::Stopped;
    }

    // No transaction stays open while nothing comes: other writers wait for it.
    std::optional<std::unique_ptr<MappedBlock>> next_block(const std::stop_token& stop) {
        if (staged_rows_ > 0) {
            if (auto mapped = mapped_.ready.pop_within(limits_.patience, stop)) {
                return mapped;
            }
            if (stop.stop_requested()) {
                return std::nullopt;
            }
            if (!commit()) {
                ended_early_ = true;
                return std::nullopt;
            }
        }
        return mapped_.ready.pop(stop);
    }

    PipelineEnd write_last_batch() {
        checkpoint_.complete = !source_failure_;
        if (checkpoint_.complete) {
            checkpoint_.memory = parts_.source.memory();
            checkpoint_.parts_read = parts_.source.parts_read();
        }
        if ((checkpoint_.complete || staged_rows_ > 0) && !commit()) {
            return PipelineEnd::Early;
        }
        return PipelineEnd::AtTheEnd;
    }

    void write_block(MappedBlock& mapped) {
        if (staged_rows_ == 0) {
            batch_started_ = parts_.clock.monotonic();
        }
        parts_.writer.count_read(mapped.rows_read);
        for (store::Reject& reject : mapped.rejects) {
            kept_bytes_ += reject.kept_bytes();
            parts_.writer.reject(std::move(reject));
        }
        const base::Batch& batch = mapped.outcome.batch;
        if (batch.rows() > 0) {
            parts_.writer.append(batch, mapped.rows);
        }
        // A batch of nothing but rows that are left out still moves the position.
        staged_rows_ += mapped.rows_read + mapped.passed_over;
        staged_bytes_ += static_cast<std::int64_t>(batch.byte_size());
        mapped.rows.reset();
        checkpoint_.position = mapped.position;
        rows_read_ += mapped.rows_read;
        report_progress();
    }

    bool batch_is_full() const {
        return staged_rows_ >= limits_.batch_rows || staged_bytes_ >= limits_.batch_bytes ||
               kept_bytes_ + parts_.writer.kept_bytes() >= limits_.kept_bytes() ||
               parts_.clock.monotonic() - batch_started_ >= limits_.batch_age;
    }

    bool commit() {
        staged_rows_ = 0;
        staged_bytes_ = 0;
        kept_bytes_ = 0;
        return hooks_.commit(checkpoint_);
    }

    bool commit_or_abandon() {
        try {
            return commit();
        } catch (...) {
            parts_.writer.abandon();
            throw;
        }
    }

    void report_progress() const {
        if (!hooks_.progress) {
            return;
        }
        const std::chrono::duration<double> elapsed = parts_.clock.monotonic() - started_;
        const double rate =
            elapsed.count() > 0 ? static_cast<double>(rows_read_) / elapsed.count() : 0;
        hooks_.progress({rows_read_, rate});
    }

    const PipelineParts& parts_;
    const PipelineLimits& limits_;
    const PipelineHooks& hooks_;
    bool keeps_rows_;  // the mapper's thread
    const RejectRows rejects_;
    Ring<base::RawBlock> raw_;
    Ring<MappedBlock> mapped_;
    base::BoundedQueue<bool> long_is_written_{1};
    std::stop_source end_;
    std::mutex failure_mutex_;
    std::exception_ptr failure_;         // of any thread
    std::exception_ptr source_failure_;  // set by the reader before it marks the end
    std::chrono::nanoseconds started_{};
    std::chrono::nanoseconds batch_started_{};
    bool ended_early_ = false;  // the commit hook said so between two blocks
    store::Checkpoint checkpoint_;
    std::int64_t staged_rows_ = 0;
    std::int64_t staged_bytes_ = 0;
    std::size_t kept_bytes_ = 0;  // of rejects
    std::int64_t rows_read_ = 0;
};

}  // namespace

PipelineEnd run_pipeline(const PipelineParts& parts,
                         const PipelineLimits& limits,
                         const store::Checkpoint& start,
                         const PipelineHooks& hooks,
                         const std::stop_token& stop) {
    return Pipeline(parts, limits, hooks).run(start, stop);
}

}  // namespace hrbridge::jobs
