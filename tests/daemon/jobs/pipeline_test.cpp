#include "daemon/jobs/pipeline.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/error.h"
#include "daemon/base/packed_row.h"
#include "tests/daemon/jobs/support/scripted_connector.h"
#include "tests/daemon/jobs/support/sync_bench.h"
#include "tests/support/manual_clock.h"

namespace hrbridge::jobs {
namespace {

// Writes nothing and remembers what it was asked; fails on demand.
class RecordingWriter final : public store::BatchWriter {
  public:
    void append(const base::Batch& batch, std::shared_ptr<const base::RawBlock> raw) override {
        if (fail_at_append == appends++) {
            throw base::StoreError("57P01", base::Remedy::Retry, "the store went away");
        }
        rows += batch.rows();
        kept += raw ? 1 : 0;
        if (raw && !lets_rows_go) {
            EXPECT_GE(raw->rows, batch.rows());
            kept_blocks.push_back(std::move(raw));
        }
    }
    void reject(store::Reject reject) override { rejects.push_back(std::move(reject)); }
    void count_read(std::int64_t count) override { read += count; }
    std::size_t kept_bytes() const override {
        std::size_t bytes = 0;
        for (std::size_t i = kept_before; i < kept_blocks.size(); ++i) {
            bytes += kept_blocks[i]->byte_size();
        }
        return bytes;
    }
    void retire(store::RetiredKeys) override {}
    store::BatchOutcome commit(const store::Checkpoint& checkpoint) override {
        checkpoints.push_back(checkpoint);
        kept_before = kept_blocks.size();
        return {};
    }
    store::BatchOutcome preview(std::vector<store::RecordChange>&, std::size_t) override {
        return {};
    }
    void abandon() noexcept override { ++abandoned; }

    int appends = 0;
    int fail_at_append = -1;
    std::size_t rows = 0;
    int kept = 0;
    bool lets_rows_go = false;
    std::int64_t read = 0;
    std::vector<store::Reject> rejects;
    std::vector<std::shared_ptr<const base::RawBlock>> kept_blocks;
    std::size_t kept_before = 0;  // those of earlier batches
    std::vector<store::Checkpoint> checkpoints;
    std::atomic<int> abandoned = 0;
};

class PipelineTest : public testing::Test {
  protected:
    PipelineTest() {
        for (int i = 0; i < 100; ++i) {
            put(i, "team");
        }
    }
    void put(int number, const std::string& kind) {
        const std::string code = test::SyncBench::code(number);
        source_.put({code, "Unit", kind, std::nullopt, "2024-05-01 00:00:00"});
    }

    PipelineEnd run(PipelineHooks hooks = {}) {
        connectors::ReadRequest request;
        const auto reading = source_.open(request);
        auto mapper = engine::Mapper::make(mapping_, reading->columns(), base::Date{});
        EXPECT_TRUE(mapper.ok());
        if (!hooks.commit) {
            hooks.commit = [this](const store::Checkpoint& checkpoint) {
                writer_.commit(checkpoint);
                return true;
            };
        }
        store::Checkpoint start;
        start.mapping = mapping_.name;
        start.run_id = 7;
        const PipelineParts parts{*reading, mapper.value(), mapping_, writer_, *clock_, keep_rows_};
        return run_pipeline(parts, limits_, start, hooks, stop_.get_token());
    }

    test::ScriptedConnector source_{{{"code", "varchar", 12, 0, false},
                                     {"name", "varchar", 40, 0, false},
                                     {"kind", "varchar", 8, 0, false},
                                     {"parent", "varchar", 12, 0, true},
                                     {"changed", "datetime", 0, 0, false}}};
    engine::Mapping mapping_ = test::SyncBench::load(test::kUnits);
    RecordingWriter writer_;
    base::SystemClock system_clock_;
    base::Clock* clock_ = &system_clock_;
    std::stop_source stop_;
    PipelineLimits limits_{.batch_rows = 30};
    bool keep_rows_ = false;
};

TEST_F(PipelineTest, CutsBatchesBetweenBlocksAndEndsWithACompleteOne) {
    EXPECT_EQ(run(), PipelineEnd::AtTheEnd);
    EXPECT_EQ(writer_.read, 100);
    EXPECT_EQ(writer_.rows, 100U);
    std::vector<std::string> positions;
    for (const store::Checkpoint& checkpoint : writer_.checkpoints) {
        positions.push_back(checkpoint.position);
        EXPECT_EQ(checkpoint.run_id, 7);
        EXPECT_EQ(checkpoint.complete, &checkpoint == &writer_.checkpoints.back());
    }
    EXPECT_EQ(positions, (std::vector<std::string>{"D0029", "D0059", "D0089", "D0099"}));
}

// A source of which nothing is kept for a long stretch, as of twenty years that are too old.
class PassedOver final : public connectors::Source {
  public:
    explicit PassedOver(std::vector<base::DescribedColumn> columns)
        : columns_(std::move(columns)) {}
    const std::vector<base::DescribedColumn>& columns() const override { return columns_; }
    bool read(base::RawBlock& block, const std::stop_token&) override {
        block.clear();
        block.columns.resize(columns_.size());
        if (++blocks_ > 8) {
            throw base::ConnectorError("erp", "gone", base::Remedy::Retry, "cut");
        }
        block.passed_over = 10;
        block.position = "P" + std::to_string(blocks_);
        return true;
    }

  private:
    std::vector<base::DescribedColumn> columns_;
    int blocks_ = 0;
};

TEST_F(PipelineTest, KeepsItsPlaceWhereNothingButRowsThatAreLeftOutComes) {
    PassedOver source(source_.described());
    auto mapper = engine::Mapper::make(mapping_, source.columns(), base::Date{});
    ASSERT_TRUE(mapper.ok());
    const PipelineHooks hooks{[this](const store::Checkpoint& checkpoint) {
                                  writer_.commit(checkpoint);
                                  return true;
                              },
                              {}};
    const PipelineParts parts{source, mapper.value(), mapping_, writer_, *clock_, keep_rows_};

    EXPECT_THROW(run_pipeline(parts, limits_, {}, hooks, stop_.get_token()), base::ConnectorError);

    std::vector<std::string> positions;
    for (const store::Checkpoint& checkpoint : writer_.checkpoints) {
        positions.push_back(checkpoint.position);
    }
    EXPECT_EQ(positions, (std::vector<std::string>{"P3", "P6", "P8"}));
    EXPECT_EQ(writer_.read, 0);
}

// A row that is longer than the pipeline's room, then short ones; tells how many batches had been
// committed each time it was asked.
class LongRowFirst final : public connectors::Source {
  public:
    LongRowFirst(std::vector<base::DescribedColumn> columns,
                 std::size_t length,
                 std::size_t at,
                 const std::atomic<int>& commits)
        : columns_(std::move(columns)), length_(length), at_(at), commits_(commits) {}
    const std::vector<base::DescribedColumn>& columns() const override { return columns_; }
    bool read(base::RawBlock& block, const std::stop_token&) override {
        seen.push_back(commits_);
        block.clear();
        block.columns.resize(columns_.size());
        if (seen.size() > 3) {
            return false;
        }
        const std::string code = test::SyncBench::code(static_cast<int>(seen.size()));
        fill(block, code);
        block.position = code;
        return true;
    }

    std::vector<int> seen;

  private:
    void fill(base::RawBlock& block, const std::string& code) const {
        block.columns[0].append(code);
        block.columns[1].append("Unit");
        block.columns[2].append("team");
        block.columns[3].append_null();
        block.columns[4].append("2024-05-01 00:00:00");
        block.rows = 1;
        for (std::size_t i = 5; i < block.columns.size(); ++i) {
            block.columns[i].append_null();
        }
        if (seen.size() == 1) {
            block.columns[at_].set_long(0, std::string(length_, 'x'));
        }
    }

    std::vector<base::DescribedColumn> columns_;
    std::size_t length_;
    std::size_t at_;  // the column of the long cell
    const std::atomic<int>& commits_;
};

class LongRows : public PipelineTest {
  protected:
    // In `column`, where 5 is one that no field reads.
    PipelineEnd run_long(
        std::size_t column, std::function<bool()> may_go_on = [] { return true; }) {
        auto columns = source_.described();
        columns.push_back({"scan", "longtext", 0, 0, true});
        long_.emplace(columns, limits_.bytes + 1, column, commits_);
        auto mapper = engine::Mapper::make(mapping_, columns, base::Date{});
        EXPECT_TRUE(mapper.ok());
        const PipelineHooks hooks{[&](const store::Checkpoint& checkpoint) {
                                      writer_.commit(checkpoint);
                                      ++commits_;
                                      return may_go_on();
                                  },
                                  {}};
        const PipelineParts parts{*long_, mapper.value(), mapping_, writer_, *clock_, keep_rows_};
        return run_pipeline(parts, limits_, {}, hooks, stop_.get_token());
    }

    std::atomic<int> commits_ = 0;
    std::optional<LongRowFirst> long_;
};

TEST_F(LongRows, ThatFillThePipelinesRoomAreCommittedBeforeItReadsOn) {
    EXPECT_EQ(run_long(1), PipelineEnd::AtTheEnd);
    ASSERT_EQ(long_->seen.size(), 4U);
    EXPECT_EQ(long_->seen[0], 0);
    EXPECT_EQ(long_->seen[1], 1);
    ASSERT_EQ(writer_.rejects.size(), 1U);
    EXPECT_GT(writer_.rejects[0].packed_row.size(), limits_.bytes);
    EXPECT_EQ(writer_.rows, 2U);
}

TEST_F(LongRows, ThatAreGoodNeedNoCommit) {
    limits_.patience = limits_.batch_age = std::chrono::hours(1);
    EXPECT_EQ(run_long(5), PipelineEnd::AtTheEnd);
    EXPECT_EQ(long_->seen, (std::vector<int>{0, 0, 0, 0}));
    EXPECT_EQ(writer_.rows, 3U);
}

TEST_F(LongRows, LetThePipelineEndWhileTheReaderWaits) {
    EXPECT_EQ(run_long(1, [] { return false; }), PipelineEnd::Early);
    EXPECT_EQ(long_->seen.size(), 1U);
}

TEST_F(LongRows, LetThePipelineFailWhileTheReaderWaits) {
    const auto fail = []() -> bool {
        throw base::StoreError("57P01", base::Remedy::Retry, "the store went away");
    };
    EXPECT_THROW(run_long(1, fail), base::StoreError);
    EXPECT_EQ(long_->seen.size(), 1U);
}

TEST_F(LongRows, LetThePipelineStopWhileTheReaderWaits) {
    EXPECT_EQ(run_long(1, [this] { return stop_.request_stop(); }), PipelineEnd::Stopped);
    EXPECT_EQ(writer_.rejects.size(), 1U);
}

TEST_F(PipelineTest, EmptySourceStillCompletes) {
    source_.remove_all();
    EXPECT_EQ(run(), PipelineEnd::AtTheEnd);
    ASSERT_EQ(writer_.checkpoints.size(), 1U);
    EXPECT_TRUE(writer_.checkpoints[0].complete);
}

TEST_F(PipelineTest, RejectedRowsBringTheirKeyAndTheirRow) {
    put(42, "shop");
    run();
    ASSERT_EQ(writer_.rejects.size(), 1U);
    EXPECT_EQ(writer_.rejects[0].source_key, "D0042");
    EXPECT_EQ(writer_.rejects[0].rule, "F03");
    base::RawBlock unpacked;
    ASSERT_TRUE(base::unpack_row(writer_.rejects[0].packed_row, source_.described(), unpacked));
    EXPECT_EQ(unpacked.columns[2].cell(0), "shop");
    EXPECT_TRUE(unpacked.columns[3].is_null(0));
}

TEST_F(PipelineTest, RowsAreKeptOnlyWhenTheyMayBeRefusedLater) {
    run();
    EXPECT_EQ(writer_.kept, 0);
}

TEST_F(PipelineTest, KeptRowsAreThoseOfTheSource) {
    keep_rows_ = true;
    run();
    ASSERT_EQ(writer_.kept_blocks.size(), 10U);
    EXPECT_EQ(writer_.kept_blocks[3]->columns[0].cell(5), "D0035");
    EXPECT_TRUE(writer_.kept_blocks[3]->columns[3].is_null(5));
}

TEST_F(PipelineTest, RowsAreKeptFromTheFirstRejectOn) {
    put(42, "shop");
    run();
    EXPECT_EQ(writer_.kept, 6);
}

TEST_F(PipelineTest, KeptRowsEndTheBatchWhenTheirShareIsUsedUp) {
    keep_rows_ = true;
    limits_.bytes = 4096;
    limits_.batch_rows = 1000;
    run();
    EXPECT_GT(writer_.checkpoints.size(), 2U);
}

TEST_F(PipelineTest, RowsThatTheWriterLetsGoEndNoBatch) {
    keep_rows_ = true;
    limits_.bytes = 4096;
    limits_.batch_rows = 1000;
    writer_.lets_rows_go = true;
    run();
    EXPECT_EQ(writer_.checkpoints.size(), 1U);
}

TEST_F(PipelineTest, RefusedRowsEndTheBatchWhenTheirShareIsUsedUp) {
    for (int i = 0; i < 100; ++i) {
        put(i, "shop");
    }
    limits_.bytes = 4096;
    limits_.batch_rows = 1000;
    run();
    EXPECT_GT(writer_.checkpoints.size(), 2U);
}

TEST_F(PipelineTest, StreamedBytesEndTheBatchToo) {
    limits_.batch_rows = 1000;
    limits_.batch_bytes = 1;
    run();
    EXPECT_EQ(writer_.checkpoints.size(), 11U);
}

TEST_F(PipelineTest, NoBatchStaysOpenWhileTheSourceIsQuiet) {
    limits_.batch_rows = 1000;
    limits_.patience = std::chrono::milliseconds(10);
    std::promise<void> committed;
    bool waited = false;
    source_.before_block = [&](int block) {
        if (block == 5) {
            waited = committed.get_future().wait_for(std::chrono::seconds(30)) ==
                     std::future_status::ready;
        }
    };
    PipelineHooks hooks;
    hooks.commit = [&](const store::Checkpoint& checkpoint) {
        writer_.commit(checkpoint);
        if (checkpoint.position == "D0049") {
            committed.set_value();
        }
        return true;
    };
    EXPECT_EQ(run(hooks), PipelineEnd::AtTheEnd);
    EXPECT_TRUE(waited);
    EXPECT_FALSE(writer_.checkpoints.front().complete);
    EXPECT_TRUE(writer_.checkpoints.back().complete);
    EXPECT_EQ(writer_.rows, 100U);
}

TEST_F(PipelineTest, CommitHookMayEndTheReadingWhileTheSourceIsQuiet) {
    limits_.batch_rows = 1000;
    limits_.patience = std::chrono::milliseconds(10);
    std::promise<void> committed;
    source_.before_block = [&](int block) {
        if (block == 5) {
            committed.get_future().wait_for(std::chrono::seconds(30));
        }
    };
    PipelineHooks hooks;
    hooks.commit = [&](const store::Checkpoint& checkpoint) {
        if (checkpoint.position == "D0049") {
            committed.set_value();
            return false;
        }
        return true;
    };
    EXPECT_EQ(run(hooks), PipelineEnd::Early);
}

TEST_F(PipelineTest, AgeEndsABatch) {
    test::ManualClock clock;
    clock_ = &clock;
    limits_.batch_rows = 1000;
    limits_.patience = std::chrono::minutes(1);
    limits_.batch_age = std::chrono::seconds(5);
    PipelineHooks hooks;
    hooks.progress = [&](const Progress&) { clock.advance(std::chrono::seconds(2)); };
    EXPECT_EQ(run(hooks), PipelineEnd::AtTheEnd);
    std::vector<std::string> positions;
    for (const store::Checkpoint& checkpoint : writer_.checkpoints) {
        positions.push_back(checkpoint.position);
    }
    EXPECT_EQ(positions, (std::vector<std::string>{"D0029", "D0059", "D0089", "D0099"}));
}

TEST_F(PipelineTest, RejectedRowsEndTheBatchWhenTheirShareIsUsedUp) {
    for (int i = 0; i < 100; ++i) {
        put(i, "shop");
    }
    limits_.bytes = 4096;
    limits_.batch_rows = 1000;
    run();
    EXPECT_EQ(writer_.rejects.size(), 100U);
    EXPECT_GT(writer_.checkpoints.size(), 2U);
}

TEST_F(PipelineTest, CommitHookMayRefuseTheLastBatch) {
    limits_.batch_rows = 1000;
    PipelineHooks hooks;
    hooks.commit = [](const store::Checkpoint&) { return false; };
    EXPECT_EQ(run(hooks), PipelineEnd::Early);
}

TEST_F(PipelineTest, FailingStoreEndsAllThreadsAndTheOpenBatch) {
    writer_.fail_at_append = 4;
    EXPECT_THROW(run(), base::StoreError);
    EXPECT_EQ(writer_.abandoned, 1);
    EXPECT_EQ(writer_.checkpoints.size(), 1U);
}

TEST_F(PipelineTest, FailingSourceLeavesWhatItGaveCommitted) {
    source_.before_block = [](int block) {
        if (block == 4) {
            throw base::ConnectorError("erp", "08S01", base::Remedy::Retry, "lost");
        }
    };
    EXPECT_THROW(run(), base::ConnectorError);
    ASSERT_EQ(writer_.checkpoints.size(), 2U);
    EXPECT_EQ(writer_.checkpoints.back().position, "D0039");
    EXPECT_FALSE(writer_.checkpoints.back().complete);
}

TEST_F(PipelineTest, BrokenInvariantOfTheReaderAbandonsTheOpenBatch) {
    source_.before_block = [](int block) {
        if (block == 4) {
            throw std::logic_error("a bug");
        }
    };
    EXPECT_THROW(run(), std::logic_error);
    EXPECT_EQ(writer_.abandoned, 1);
}

TEST_F(PipelineTest, CommitHookMayEndTheReading) {
    int commits = 0;
    PipelineHooks hooks;
    hooks.commit = [&](const store::Checkpoint&) { return ++commits < 2; };
    EXPECT_EQ(run(hooks), PipelineEnd::Early);
    EXPECT_EQ(commits, 2);
}

TEST_F(PipelineTest, FailingCommitHookEndsAllThreads) {
    PipelineHooks hooks;
    hooks.commit = [](const store::Checkpoint&) -> bool { throw base::LeaseHeld("taken over"); };
    EXPECT_THROW(run(hooks), base::LeaseHeld);
    EXPECT_EQ(writer_.abandoned, 1);
}

TEST_F(PipelineTest, StopRequestNeverCompletesAndCommitsAtABlockEnd) {
    source_.before_block = [this](int block) {
        if (block == 7) {
            stop_.request_stop();
        }
    };
    EXPECT_EQ(run(), PipelineEnd::Stopped);
    EXPECT_EQ(writer_.abandoned, 0);
    for (const store::Checkpoint& checkpoint : writer_.checkpoints) {
        EXPECT_FALSE(checkpoint.complete);
        EXPECT_EQ(checkpoint.position.back(), '9');
    }
}

TEST_F(PipelineTest, StopBeforeTheStartReadsNothing) {
    stop_.request_stop();
    EXPECT_EQ(run(), PipelineEnd::Stopped);
    EXPECT_EQ(writer_.read, 0);
    EXPECT_TRUE(writer_.checkpoints.empty());
}

TEST_F(PipelineTest, SourceIsSparedByTheMappingsRate) {
    mapping_.sync.rows_per_second = 1000;
    const auto started = clock_->monotonic();
    run();
    EXPECT_GE(clock_->monotonic() - started, std::chrono::milliseconds(95));
}

TEST_F(PipelineTest, EndsAtEveryPlaceOfFailureOfEitherSide) {
    for (int place = 0; place < 11; ++place) {
        writer_.fail_at_append = place;
        writer_.appends = 0;
        if (place < 10) {
            EXPECT_THROW(run(), base::StoreError) << place;
        }
        writer_.fail_at_append = -1;
        source_.before_block = [first = -1, place](int block) mutable {
            first = first < 0 ? block : first;
            if (block - first == place) {
                throw std::runtime_error("at this block");
            }
        };
        EXPECT_THROW(run(), std::runtime_error) << place;
        source_.before_block = nullptr;
    }
}

}  // namespace
}  // namespace hrbridge::jobs
