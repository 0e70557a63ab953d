#include "migration/reconcile/comparison.h"

#include <algorithm>
#include <filesystem>
#include <tuple>
#include <unordered_set>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/packed_row.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/repositories.h"
#include "daemon/store/row_spool_join.h"
#include "migration/reconcile/second_look.h"

namespace hrbridge::reconcile {
namespace {

using store::SweepDifference;
using store::SweepRow;
using store::SweepSpool;
using Since = Findings::Since;

constexpr std::size_t kMostWanted = 100'000;  // keys that are looked at one by one
constexpr std::size_t kRejectsAPage = 500;

// Removed whatever ends the comparison.
struct TemporaryFile {
    std::string path;
    explicit TemporaryFile(std::string name) : path(std::move(name)) {}
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { SweepSpool::remove(path); }
};

}  // namespace

Comparison::Comparison(const Parts& parts,
                       const std::vector<store::EntityTable>& tables,
                       const engine::Mapping& mapping,
                       Mode mode)
    : parts_(parts),
      mapping_(mapping),
      mode_(mode),
      connection_(parts.side.connect()),
      scope_{*connection_, parts.keys, "", parts.mappings},
      target_(scope_, tables, mapping),
      claims_(*connection_, parts.mappings, mapping),
      findings_(target_, parts.listed) {
    partitions_ = store::sweep_partitions(loaded_rows());
}

// Of several who reconcile at a time each has another mapping of a rehearsal of its own.
std::string Comparison::path(const char* side) const {
    const std::uint64_t name = base::hash64(parts_.side.describe() + "/" + mapping_.name);
    return (std::filesystem::path(parts_.folder) /
            fmt::format("reconcile-{:016x}-{}.spool", name, side))
        .string();
}

TargetSpooler::Parts Comparison::target_parts() {
    return {parts_.side,
            parts_.keys,
            parts_.mappings,
            mapping_,
            claims_,
            path("store"),
            partitions_,
            mode_ == Mode::Quick ? kMostWanted : 0};
}

void Comparison::run(Result& result) {
    mode_ == Mode::Full ? run_full() : run_quick();
    name_unmapped();
    result.verdicts.push_back(content_verdict());
    if (auto moved = moved_verdict()) {
        result.verdicts.push_back(std::move(*moved));
    }
    if (auto repeated = repeated_verdict()) {
        result.verdicts.push_back(std::move(*repeated));
    }
    const ledger::Outcome content = content_outcome();
    const ledger::Outcome outcome =
        content == ledger::Outcome::Pass && findings_.rows(Since::Moved) > 0
            ? ledger::Outcome::NotChecked
            : content;
    const std::int64_t differ = findings_.rows(Since::Load) + findings_.rows(Since::Moved);
    const Roots::Both roots = roots_.finish();
    result.entries.push_back({parts_.rehearsal,
                              mapping_.name,
                              outcome,
                              roots.source,
                              roots.target,
                              scanned_.rows,
                              differ,
                              mode_ == Mode::Quick});
}

void Comparison::run_full() {
    const TemporaryFile stored_file(path("store"));
    const TemporaryFile source_file(path("source"));
    TargetSpooler spooler(target_parts());
    source_.emplace(*connection_,
                    parts_.keys,
                    mapping_,
                    target_,
                    base::Zone::find(mapping_.read_as.zone)
                        .value_or(base::Zone::utc())
                        .date_of(parts_.clock.now()));
    SweepSpool source = SweepSpool::create(source_file.path, 1, partitions_);
    read_source(source);
    source.finish();
    positions_ = source.positions();
    SweepSpool stored = spooler.take(scanned_);
    join(source, stored);
    SecondLook({*parts_.source, mapping_, *source_, target_, positions_, moved_from(), findings_})
        .run(wanted_);
    findings_.more(left_, Since::Load);
    name_missing();
    name_unhashed();
}

void Comparison::read_source(SweepSpool& spool) {
    std::uint32_t block_number = 0;
    std::vector<SweepRow> rows;
    SourceReading reading;
    reading.begin = [&](const auto& columns) { source_->begin(columns); };
    reading.take = [&](const base::RawBlock& block) {
        source_->map(block, rows);
        for (SweepRow& row : rows) {
            row.block = block_number;
            spool.add(row);
        }
        unkeyed_ += source_->unkeyed();
        rows_read_ += static_cast<std::int64_t>(block.rows);
        spool.add_position(block.position);
        ++block_number;
        return true;
    };
    parts_.source->read(mapping_, reading);
}

// Refused and waiting rows are known not to be in the store.
void Comparison::add_rejects(SweepSpool& stored) {
    store::RejectRepository rejects(*connection_);
    std::vector<SweepRow> rows;
    std::int64_t last = 0;
    while (true) {
        const std::int64_t before = last;
        const auto kept = rejects.known_rows(mapping_.name, last, kRejectsAPage, parts_.keys);
        if (last == before) {
            return;
        }
        base::RawBlock block;
        for (const auto& row : kept) {
            base::unpack_row(row.packed, source_->columns(), block);
        }
        if (block.rows == 0) {
            continue;
        }
        source_->map(block, rows);
        for (SweepRow& row : rows) {
            row.flags = SweepRow::kRefused;
            stored.add(row);
        }
    }
}

void Comparison::join(const SweepSpool& source, const SweepSpool& stored) {
    // The rejects are few beside the rows: a spool of their own is read with each partition.
    const TemporaryFile file(path("rejects"));
    SweepSpool refused = SweepSpool::create(file.path, 1, partitions_);
    if (!source_->columns().empty()) {
        add_rejects(refused);
    }
    refused.finish();
    std::vector<SweepRow> left;
    std::vector<SweepRow> right;
    std::vector<SweepRow> more;
    std::vector<SweepDifference> differences;
    store::SweepJoinCounts counts;
    for (std::uint32_t partition = 0; partition < source.partitions(); ++partition) {
        source.read(partition, 0, 1, left);
        stored.read(partition, 0, 1, right);
        refused.read(partition, 0, 1, more);
        right.insert(right.end(), more.begin(), more.end());
        differences.clear();
        store::join_sweep(
            left, right, store::SweepCompare::Hashes, counts, [&](const SweepDifference& each) {
                differences.push_back(each);
                sort_out(each);
            });
        note_unhashed(right, differences);
        note_repeated(left, right);
        roots_.add(right, differences);
    }
    differences_ = counts.differ;
}

void Comparison::sort_out(const SweepDifference& difference) {
    if (difference.kind == SweepDifference::Kind::Missing) {
        ++extra_;
        if (missing_.size() < parts_.listed) {
            missing_.push_back(difference.id);
        }
    } else if (wanted_.size() < kMostWanted) {
        wanted_.push_back(difference);
    } else {
        ++left_;
    }
}

// Behind the bound up to which the load read; what has no watermark cannot be told.
std::optional<std::int64_t> Comparison::moved_from() {
    const auto checkpoint = store::read_checkpoint(*connection_, mapping_.name);
    return checkpoint && checkpoint->window_to ? source_->moved_from(*checkpoint->window_to)
                                               : std::nullopt;
}

void Comparison::name_missing() {
    const auto rows = target_.fetch(missing_);
    for (const TargetCells& row : rows) {
        findings_.row(row.key, {"row_extra", {}}, Since::Load);
    }
    findings_.more(extra_ - static_cast<std::int64_t>(rows.size()), Since::Load);
}

// A target key that is coarser than the source's lets rows vanish that neither the comparison by
// target key nor the sample of the store's rows would show.
void Comparison::note_repeated(std::vector<SweepRow>& source, const std::vector<SweepRow>& stored) {
    std::sort(source.begin(), source.end(), [](const auto& a, const auto& b) {
        return std::tie(a.key, a.hash) < std::tie(b.key, b.hash);
    });
    std::vector<base::RowHash> keys;
    for (std::size_t i = 1; i < source.size(); ++i) {
        if (source[i].key != source[i - 1].key) {
            continue;
        }
        if (source[i].hash == source[i - 1].hash) {
            ++equal_;
            continue;
        }
        ++repeated_;
        if (keys.size() < parts_.listed && (keys.empty() || keys.back() != source[i].key)) {
            keys.push_back(source[i].key);
        }
    }
    for (const SweepRow& row : stored) {
        if (kept_.size() < parts_.listed && !row.is(SweepRow::kRefused) &&
            std::binary_search(keys.begin(), keys.end(), row.key)) {
            kept_.push_back(row.number);
        }
    }
}

// Values that are the source's beside a hash that is not theirs: every later comparison by hash,
// and the content root, would be about something else.
void Comparison::note_unhashed(const std::vector<SweepRow>& stored,
                               const std::vector<SweepDifference>& differences) {
    std::unordered_set<std::int64_t> differing;
    for (const SweepDifference& each : differences) {
        differing.insert(each.id);
    }
    for (const SweepRow& row : stored) {
        if (!row.is(SweepRow::kUnhashed) || differing.contains(row.number)) {
            continue;
        }
        ++unhashed_rows_;
        if (unhashed_.size() < parts_.listed) {
            unhashed_.push_back(row.number);
        }
    }
}

void Comparison::name_unhashed() {
    const auto rows = target_.fetch(unhashed_);
    for (const TargetCells& row : rows) {
        findings_.row(row.key, {"hash_differs", {}}, Since::Load);
    }
    findings_.more(unhashed_rows_ - static_cast<std::int64_t>(rows.size()), Since::Load);
}

void Comparison::run_quick() {
    const TemporaryFile stored_file(path("store"));
    TargetSpooler spooler(target_parts());
    const SweepSpool stored = spooler.take(scanned_);
    std::vector<SweepRow> rows;
    std::vector<SweepDifference> differences;
    for (const Unhashed& each : scanned_.unhashed) {
        SweepDifference difference;
        difference.id = each.id;
        difference.source.key = each.key;
        difference.source.hash = each.stored;
        differences.push_back(difference);
    }
    std::sort(differences.begin(), differences.end(), [](const auto& a, const auto& b) {
        return a.source.key < b.source.key;
    });
    auto next = differences.begin();
    for (std::uint32_t partition = 0; partition < stored.partitions(); ++partition) {
        stored.read(partition, 0, 1, rows);
        std::sort(
            rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
        std::vector<SweepDifference> here;
        while (next != differences.end() && !rows.empty() &&
               !(rows.back().key < next->source.key)) {
            here.push_back(*next++);
        }
        roots_.add(rows, here);
    }
    differences_ = scanned_.unhashed_rows;
    std::vector<std::int64_t> ids;
    for (std::size_t i = 0; i < differences.size() && i < parts_.listed; ++i) {
        ids.push_back(differences[i].id);
    }
    const auto named = target_.fetch(ids);
    for (const TargetCells& row : named) {
        findings_.row(row.key, {"not_as_loaded", {}}, Since::Load);
    }
    findings_.more(scanned_.unhashed_rows - static_cast<std::int64_t>(named.size()), Since::Load);
    count_rows();
}

// Rows that came or went since the load show in their number; which they are, only a second reading
// or the content root's keys tell.
void Comparison::count_rows() {
    const std::int64_t loaded = loaded_rows();
    if (loaded != scanned_.rows) {
        findings_.row(
            {},
            {"rows_not_as_loaded",
             {{"loaded", std::to_string(loaded)}, {"rows", std::to_string(scanned_.rows)}}},
            Since::Load);
    }
}

std::int64_t Comparison::loaded_rows() {
    const auto rows = connection_->query(
        "SELECT CAST(coalesce(sum(rows_inserted), 0) AS bigint) FROM run WHERE mapping = $1",
        {mapping_.name});
    rows->next();
    return rows->integer(0);
}

}  // namespace hrbridge::reconcile
