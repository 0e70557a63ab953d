#include "daemon/jobs/sweep.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/packed_row.h"
#include "daemon/base/text.h"
#include "daemon/jobs/block_reader.h"
#include "daemon/jobs/stored_spooler.h"
#include "daemon/store/fact_term.h"
#include "daemon/store/repositories.h"
#include "mappings/engine/key_part.h"

namespace hrbridge::jobs {
namespace {

constexpr std::size_t kMostJoined = 60'000;     // rows of one side in memory
constexpr std::size_t kMostRepaired = 100'000;  // keys
constexpr std::size_t kMostMissing = 1'000'000;
constexpr std::size_t kRejectsAPage = 500;
// What an older reading says of missing rows may have been a moment's.
constexpr std::chrono::hours kOldestToGoOn{24};

// The store's side is read anew by whoever goes on.
class RemovedFile {
  public:
    explicit RemovedFile(std::string path) : path_(std::move(path)) {}
    RemovedFile(const RemovedFile&) = delete;
    RemovedFile& operator=(const RemovedFile&) = delete;
    ~RemovedFile() { store::SweepSpool::remove(path_); }

  private:
    const std::string path_;
};

}  // namespace

Sweep::Sweep(Parts parts, SweepReport& report)
    : parts_(std::move(parts)),
      report_(report),
      key_part_(engine::key_part(parts_.mapping)),
      bounds_(parts_.mapping, parts_.checkpoint, parts_.source_now) {}

// One mapping is swept once at a time, so that its files need no other name. Two stores may share a
// folder.
std::string Sweep::path(std::string_view side) const {
    const std::uint64_t name =
        base::hash64(parts_.sync.store.describe() + "/" + parts_.mapping.name);
    return (std::filesystem::path(parts_.sync.state_folder) /
            fmt::format(
                "sweep-{:016x}-{}{}.spool", name, side, parts_.options.dry_run ? "-dry" : ""))
        .string();
}

store::SweepCompare Sweep::compare() const {
    return report_.kind == SweepKind::Keys ? store::SweepCompare::Keys
                                           : store::SweepCompare::Hashes;
}

void Sweep::run(const std::stop_token& stop) {
    started_ = parts_.sync.clock.monotonic();
    open_state();
    try {
        go(stop);
    } catch (const base::ConnectorError& error) {
        if (error.remedy() == base::Remedy::Stop) {
            // Where it stands may be of no use any more, such as a place in a file that is another
            // now: the next one begins anew.
            finish("failed", false);
        }
        throw;
    }
}

void Sweep::go(const std::stop_token& stop) {
    connectors::ReadRequest request = parts_.request;
    request.after = state_.position;
    if (report_.kind == SweepKind::Keys) {
        request.only = engine::key_part_columns(parts_.mapping);
    }
    auto source = parts_.connector.open(request);
    if (!prepare(source->columns())) {
        finish("failed", false);
        return;
    }
    const RemovedFile store_file(path("store"));
    StoredSpooler stored_side({parts_.sync.store,
                               plan_.table,
                               path("store"),
                               state_.id,
                               spool_->partitions(),
                               state_.before_batch});
    if (!read_source(*source, stop)) {
        return;
    }
    source.reset();  // it may be the only session that the source allows
    store::SweepSpool stored = stored_side.take();
    add_rejects(stored);
    stored.finish();
    spool_->finish();
    join(stored);
    repair(stop);
    if (too_many_missing()) {
        finish("failed", false);
    } else {
        finish("done", true);
    }
    if (parts_.options.dry_run) {
        store::SweepSpool::remove(path("source"));
    }
}

// Goes on with the sweep that did not come to its end, as long as its file is there.
void Sweep::open_state() {
    store::SweepRepository sweeps(parts_.connection);
    const std::string kind(to_string(report_.kind));
    if (!parts_.options.dry_run) {
        if (const auto open = sweeps.open(parts_.mapping.name, kind, parts_.mapping.hash)) {
            spool_ = store::SweepSpool::reopen(path("source"),
                                               open->id,
                                               static_cast<std::uint32_t>(open->partitions),
                                               open->spooled_bytes);
            const auto age = parts_.sync.clock.now() - open->started_at;
            const bool is_recent = age.count() >= 0 && age <= kOldestToGoOn;
            const auto moved = store::fact_term(parts_.connection, parts_.mapping.entity).moved_at;
            const bool same_term = !moved || *moved < open->started_at;
            if (is_recent && same_term && spool_ && spool_->blocks() == open->blocks) {
                state_ = *open;
                state_.run_id = parts_.run_id;
                noted_blocks_ = state_.blocks;
                report_.resumed = true;
                return;
            }
        }
    }
    state_.mapping = parts_.mapping.name;
    state_.kind = kind;
    state_.mapping_hash = parts_.mapping.hash;
    state_.run_id = parts_.run_id;
    state_.started_at = parts_.sync.clock.now();
    state_.before_batch = sweeps.newest_batch();
    const auto table = parts_.plan({}).table;
    state_.partitions = store::sweep_partitions(store::most_rows(parts_.connection, table));
    if (!parts_.options.dry_run) {
        sweeps.start(state_);
    }
    spool_ = store::SweepSpool::create(
        path("source"), state_.id, static_cast<std::uint32_t>(state_.partitions));
}

// The file comes first: what the store says of it is there.
void Sweep::note() {
    noted_ = parts_.sync.clock.monotonic();
    if (parts_.options.dry_run) {
        return;
    }
    state_.spooled_bytes = spool_->settle();
    parts_.keep_lease();
    store::SweepRepository(parts_.connection).note(state_);
    // What fails at the same place each time is given up.
    if (std::exchange(noted_blocks_, state_.blocks) != state_.blocks) {
        parts_.progressed();
    }
}

template <typename Mapper>
Mapper Sweep::usable(base::Result<Mapper> mapper) const {
    if (!mapper) {
        throw base::SystemError(parts_.mapping.connection,
                                "columns",
                                base::Remedy::Stop,
                                mapper.fault().where + ": " + mapper.fault().what);
    }
    return std::move(mapper).value();
}

SweepMapper Sweep::make_mapper(const std::vector<base::DescribedColumn>& columns,
                               SweepKind kind,
                               store::RowTeller& teller) const {
    return usable(SweepMapper::make(
        {parts_.mapping, key_part_, columns, parts_.today, parts_.sync.keys, kind}, teller));
}

bool Sweep::prepare(const std::vector<base::DescribedColumn>& columns) {
    columns_ = columns;
    if (report_.kind == SweepKind::Hashes && !parts_.may_read(columns_)) {
        return false;
    }
    plan_ = parts_.plan(columns_);
    plan_.may_put_off = false;
    teller_.emplace(parts_.connection, plan_, parts_.sync.keys);
    mapper_.emplace(make_mapper(columns_, report_.kind, *teller_));
    return true;
}

// False when it was put off.
bool Sweep::read_source(connectors::Source& source, const std::stop_token& stop) {
    noted_ = parts_.sync.clock.monotonic();
    try {
        BlockReader reader(source, parts_.sync.clock, parts_.mapping.sync.rows_per_second);
        while (auto block = reader.next(stop)) {
            take(*block);
            reader.give(std::move(block));
            if (parts_.sync.clock.monotonic() - noted_ >= parts_.options.note_every) {
                note();
                if (!parts_.may_go_on()) {
                    return false;
                }
            }
        }
    } catch (const base::ConnectorError&) {
        note();
        throw;
    } catch (const connectors::PutOff&) {
        note();
        throw;
    } catch (const base::Stopped&) {
        note();
        throw;
    }
    note();
    return true;
}

void Sweep::take(const base::RawBlock& block) {
    bounds_.learn(block, columns_);
    mapper_->map(block, rows_);
    for (store::SweepRow& row : rows_.rows) {
        row.block = static_cast<std::uint32_t>(state_.blocks);
        spool_->add(row);
    }
    state_.rows_unkeyed += rows_.unkeyed;
    spool_->add_position(block.position);
    ++state_.blocks;
    state_.position = block.position;
    state_.rows_read += static_cast<std::int64_t>(block.rows);
    if (parts_.options.progress) {
        const std::chrono::duration<double> took = parts_.sync.clock.monotonic() - started_;
        const auto rows = static_cast<double>(state_.rows_read);
        parts_.options.progress({state_.rows_read, took.count() > 0 ? rows / took.count() : 0});
    }
}

// Open rejects and holds are known to differ from the store, or to be missing in it.
void Sweep::add_rejects(store::SweepSpool& stored) {
    store::RejectRepository rejects(parts_.connection);
    std::int64_t last = 0;
    while (true) {
        const std::int64_t before = last;
        const auto kept =
            rejects.known_rows(parts_.mapping.name, last, kRejectsAPage, parts_.sync.keys);
        if (last == before) {
            return;
        }
        base::RawBlock block;
        std::vector<std::int64_t> ids;  // by row of the block
        for (const auto& row : kept) {
            if (base::unpack_row(row.packed, columns_, block)) {
                ids.push_back(row.id);
            }
        }
        if (block.rows == 0) {
            continue;
        }
        mapper_->map(block, rows_);
        for (std::size_t i = 0; i < rows_.rows.size(); ++i) {
            rows_.rows[i].flags = store::SweepRow::kRefused;
            rows_.rows[i].number = ids[rows_.raw[i]];
            stored.add(rows_.rows[i]);
        }
    }
}

void Sweep::join(const store::SweepSpool& stored) {
    report_.rows_read = state_.rows_read;
    report_.unkeyed = state_.rows_unkeyed;
    store::SweepJoinCounts counts;
    const bool inserts_only = plan_.insert_only;
    store::join_spools(
        *spool_, stored, compare(), kMostJoined, counts, [&](const store::SweepDifference& each) {
            if (each.kind == store::SweepDifference::Kind::RefusedGone) {
                if (refused_gone_.size() < kMostMissing) {
                    refused_gone_.push_back(each.id);
                }
            } else if (each.kind == store::SweepDifference::Kind::Missing) {
                ++report_.missing;
                if (missing_.size() < kMostMissing) {
                    missing_.push_back(each.id);
                }
            } else if (inserts_only && each.kind == store::SweepDifference::Kind::Changed) {
                return;
            } else if (bounds_.is_ahead(each.source.number)) {
                ++report_.pending;  // no sync may read it yet
            } else if (wanted_.size() < kMostRepaired) {
                wanted_.push_back({each.source.key, each.source.block, each.kind});
            } else {
                ++report_.left;
            }
        });
    report_.live = counts.live;
}

void Sweep::repair(const std::stop_token& stop) {
    if (wanted_.empty()) {
        return;
    }
    const std::vector<std::string> positions = spool_->positions();
    store::BatchPlan plan;
    std::optional<store::RowTeller> teller;
    SweepRepair::Parts parts{parts_.mapping,
                             parts_.connector,
                             parts_.request,
                             positions,
                             bounds_,
                             parts_.checkpoint,
                             parts_.options.dry_run,
                             parts_.options.show,
                             {},
                             {},
                             {},
                             {}};
    parts.key_mapper = [&](const std::vector<base::DescribedColumn>& columns) {
        plan = parts_.plan(columns);
        plan.may_put_off = false;
        teller.emplace(parts_.connection, plan, parts_.sync.keys);
        return make_mapper(columns, SweepKind::Keys, *teller);
    };
    parts.mapper = [&](const std::vector<base::DescribedColumn>& columns) {
        return usable(
            engine::Mapper::make(parts_.mapping, columns, parts_.today, parts_.sync.keys));
    };
    parts.writer = [&](const std::vector<base::DescribedColumn>&) {
        return store::make_batch_writer(
            parts_.connection, plan, parts_.sync.keys, parts_.sync.clock);
    };
    parts.committed = [&](const store::BatchOutcome& outcome) {
        parts_.committed(outcome);
        parts_.keep_lease();
        parts_.progressed();
    };
    SweepRepair(std::move(parts), report_).run(std::move(wanted_), stop);
}

}  // namespace hrbridge::jobs
