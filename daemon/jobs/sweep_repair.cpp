#include "daemon/jobs/sweep_repair.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/error.h"

namespace hrbridge::jobs {
namespace {

using Kind = store::SweepDifference::Kind;

// To open a reading costs as much as to read through so many blocks.
constexpr std::uint32_t kBlocksReadThrough = 10;
constexpr std::size_t kRowsAPool = 2000;
constexpr std::size_t kBytesAPool = std::size_t{2} << 20U;

bool by_key(const WantedKey& a, const WantedKey& b) {
    return a.key == b.key ? a.block < b.block : a.key < b.key;
}

std::int64_t total(const std::map<std::string, std::int64_t>& by_rule) {
    std::int64_t sum = 0;
    for (const auto& [rule, rows] : by_rule) {
        sum += rows;
    }
    return sum;
}

std::string name_of(Kind kind) {
    return kind == Kind::Changed ? "changed" : "added";
}

}  // namespace

SweepRepair::SweepRepair(Parts parts, SweepReport& report)
    : parts_(std::move(parts)),
      report_(report),
      pools_{Pool{Kind::Changed, false, nullptr},
             Pool{Kind::Added, false, nullptr},
             Pool{Kind::Changed, true, nullptr},
             Pool{Kind::Added, true, nullptr}} {}

void SweepRepair::run(std::vector<WantedKey> wanted, const std::stop_token& stop) {
    wanted_ = std::move(wanted);
    std::sort(wanted_.begin(), wanted_.end(), by_key);
    ties_ = std::adjacent_find(wanted_.begin(), wanted_.end(), [](const auto& a, const auto& b) {
                return a.key == b.key;
            }) != wanted_.end();
    found_.assign(wanted_.size(), false);
    for (const Range& range : ranges()) {
        read(range, stop);
    }
    for (Pool& pool : pools_) {
        flush(pool);
    }
    report_.vanished += std::count(found_.begin(), found_.end(), false);
}

std::vector<SweepRepair::Range> SweepRepair::ranges() const {
    std::vector<std::uint32_t> blocks;
    for (const WantedKey& each : wanted_) {
        blocks.push_back(each.block);
    }
    std::sort(blocks.begin(), blocks.end());
    std::vector<Range> ranges;
    for (const std::uint32_t block : blocks) {
        if (!ranges.empty() && block - ranges.back().last <= kBlocksReadThrough) {
            ranges.back().last = block;
            ++ranges.back().keys;
        } else {
            ranges.push_back({block, block, 1});
        }
    }
    return ranges;
}

void SweepRepair::open(const std::vector<base::DescribedColumn>& columns) {
    if (writer_ != nullptr) {
        if (!(columns == columns_)) {
            throw base::SystemError("sweep",
                                    "columns",
                                    base::Remedy::Stop,
                                    "the source's columns changed during the sweep; sweep again");
        }
        return;
    }
    columns_ = columns;
    key_mapper_.emplace(parts_.key_mapper(columns_));
    mapper_.emplace(parts_.mapper(columns_));
    rejects_.emplace(parts_.mapping, columns_);
    writer_ = parts_.writer(columns_);
}

// Until all keys of the range came, or its last block did. Rows that were put in since then move
// the others on, so that it is read a little further before they are given up.
void SweepRepair::read(const Range& range, const std::stop_token& stop) {
    connectors::ReadRequest request = parts_.request;
    request.after = range.first == 0 ? "" : parts_.positions[range.first - 1];
    const auto source = parts_.connector.open(request);
    open(source->columns());
    const std::size_t most = (range.last - range.first + 3) * request.block_rows;
    base::RawBlock block;
    std::size_t rows = 0;
    std::size_t found = 0;
    while (rows < most && (ties_ || found < range.keys) && source->read(block, stop)) {
        if (stop.stop_requested()) {
            throw base::Stopped();
        }
        rows += block.rows;
        found += pick(block, range);
        if (block.position == parts_.positions[range.last]) {
            break;
        }
    }
}

// The number of the range's keys found for the first time. A row of another range's key is an older
// one of it.
std::size_t SweepRepair::pick(const base::RawBlock& block, const Range& range) {
    parts_.bounds.learn(block, columns_);
    key_mapper_->map(block, rows_);
    std::size_t found = 0;
    for (std::size_t i = 0; i < rows_.rows.size(); ++i) {
        const store::SweepRow& row = rows_.rows[i];
        const auto wanted = std::lower_bound(
            wanted_.begin(), wanted_.end(), row.key, [](const WantedKey& a, const auto& key) {
                return a.key < key;
            });
        if (wanted == wanted_.end() || wanted->key != row.key) {
            continue;
        }
        for (auto each = wanted; each != wanted_.end() && each->key == row.key; ++each) {
            const auto at = static_cast<std::size_t>(each - wanted_.begin());
            if (each->block >= range.first && each->block <= range.last) {
                found += found_[at] ? 0U : 1U;
                found_[at] = true;
            }
        }
        if (parts_.bounds.is_ahead(row.number)) {
            ++report_.pending;  // no sync may read it yet
            continue;
        }
        keep(block, rows_.raw[i], pool_of(wanted->kind, parts_.bounds.is_pending(row.number)));
    }
    return found;
}

SweepRepair::Pool& SweepRepair::pool_of(Kind kind, bool pending) {
    return *std::find_if(pools_.begin(), pools_.end(), [&](const Pool& pool) {
        return pool.kind == kind && pool.pending == pending;
    });
}

void SweepRepair::keep(const base::RawBlock& block, std::uint32_t row, Pool& pool) {
    if (pool.rows == nullptr) {
        pool.rows = std::make_shared<base::RawBlock>();
        pool.rows->columns.resize(block.columns.size());
        for (base::RawColumn& column : pool.rows->columns) {
            column.use_packed();
        }
    }
    for (std::size_t i = 0; i < block.columns.size(); ++i) {
        const base::RawColumn& from = block.columns[i];
        base::RawColumn& to = pool.rows->columns[i];
        if (from.is_null(row)) {
            to.append_null();
        } else if (from.is_absent(row)) {
            to.append_absent();
        } else {
            to.append(from.cell(row));
        }
    }
    if (++pool.rows->rows >= kRowsAPool || pool.rows->byte_size() >= kBytesAPool) {
        flush(pool);
    }
}

void SweepRepair::stage(const Pool& pool) {
    writer_->count_read(static_cast<std::int64_t>(pool.rows->rows));
    mapper_->map(*pool.rows, mapped_);
    for (const engine::RowFault& fault : mapped_.rejects) {
        writer_->reject(rejects_->make(fault, *pool.rows));
    }
    if (mapped_.batch.rows() > 0) {
        writer_->append(mapped_.batch, pool.rows);
    }
}

void SweepRepair::flush(Pool& pool) {
    if (pool.rows == nullptr) {
        return;
    }
    const bool names = report_.findings.size() < parts_.show;
    store::BatchOutcome outcome;
    if (names || parts_.dry_run) {
        stage(pool);
        std::vector<store::RecordChange> changes;
        outcome = writer_->preview(changes, parts_.show - report_.findings.size());
        name(pool, changes);
    }
    if (!parts_.dry_run) {
        stage(pool);
        outcome = writer_->commit(parts_.checkpoint);
        parts_.committed(outcome);
    }
    count(pool, outcome);
    pool.rows.reset();
}

void SweepRepair::name(const Pool& pool, const std::vector<store::RecordChange>& changes) {
    for (const store::RecordChange& change : changes) {
        const bool refused = change.action == "reject" || change.action == "hold";
        report_.findings.push_back(
            {name_of(pool.kind), change.key, change.fields, pool.pending, refused});
    }
}

void SweepRepair::count(const Pool& pool, const store::BatchOutcome& outcome) {
    const std::int64_t refused = total(outcome.rejected) + total(outcome.held);
    const std::int64_t differed = outcome.inserted + outcome.updated + refused;
    report_.refused += refused;
    report_.vanished += outcome.unchanged;
    if (pool.pending) {
        report_.pending += differed;
    } else {
        (pool.kind == Kind::Changed ? report_.changed : report_.added) += differed;
    }
}

}  // namespace hrbridge::jobs
