#include "daemon/jobs/sweep_mapper.h"

#include <algorithm>
#include <utility>

#include "daemon/base/packed_row.h"

namespace hrbridge::jobs {
namespace {

// Of the bytes of refused rows, of which anybody could find a pay by trying.
constexpr std::string_view kPurpose = "swept reject 1";

std::int64_t time_of(const base::Batch& batch, std::size_t row) {
    return batch.times.empty() ? 0 : batch.times[row];
}

}  // namespace

SweepMapper::SweepMapper(const Setting& setting, store::RowTeller& teller, engine::Mapper keys)
    : columns_(&setting.columns),
      teller_(&teller),
      with_hashes_(setting.kind == SweepKind::Hashes),
      key_mapper_(std::move(keys)) {
    if (setting.keys != nullptr) {
        digest_.emplace(setting.keys->digest(kPurpose));
    }
}

base::Result<SweepMapper> SweepMapper::make(const Setting& setting, store::RowTeller& teller) {
    auto keys =
        engine::Mapper::make(setting.key_part, setting.columns, setting.today, setting.keys);
    if (!keys) {
        return keys.fault();
    }
    SweepMapper mapper(setting, teller, std::move(keys).value());
    if (mapper.with_hashes_) {
        auto all =
            engine::Mapper::make(setting.mapping, setting.columns, setting.today, setting.keys);
        if (!all) {
            return all.fault();
        }
        mapper.mapper_.emplace(std::move(all).value());
    }
    return mapper;
}

void SweepMapper::map(const base::RawBlock& block, Rows& out) {
    out.rows.clear();
    out.raw.clear();
    out.unkeyed = 0;
    if (!with_hashes_) {
        key_mapper_.map(block, mapped_keys_);
        out.unkeyed = static_cast<std::int64_t>(mapped_keys_.rejects.size());
        add_good(mapped_keys_.batch, out);
        return;
    }
    mapper_->map(block, mapped_);
    add_good(mapped_.batch, out);
    if (!mapped_.rejects.empty()) {
        add_refused(block, mapped_.rejects, out);
    }
}

void SweepMapper::add_good(const base::Batch& batch, Rows& out) {
    const std::size_t rows = batch.source_rows.size();
    if (rows == 0) {
        return;
    }
    teller_->keys_of(batch, key_hashes_);
    if (with_hashes_) {
        teller_->hashes_of(batch, hashes_);
    }
    store::SweepRow made;
    for (std::size_t row = 0; row < rows; ++row) {
        made.key = key_hashes_[row];
        if (with_hashes_) {
            made.hash = hashes_[row];
        }
        made.number = time_of(batch, row);
        out.rows.push_back(made);
        out.raw.push_back(batch.source_rows[row]);
    }
}

// What the fields beside the key say is no reason to take a row for missing.
void SweepMapper::add_refused(const base::RawBlock& block,
                              const std::vector<engine::RowFault>& faults,
                              Rows& out) {
    key_mapper_.map(block, mapped_keys_);
    const base::Batch& batch = mapped_keys_.batch;
    if (!batch.source_rows.empty()) {
        teller_->keys_of(batch, key_hashes_);
    }
    for (const engine::RowFault& fault : faults) {
        const auto found =
            std::lower_bound(batch.source_rows.begin(), batch.source_rows.end(), fault.row);
        if (found == batch.source_rows.end() || *found != fault.row) {
            ++out.unkeyed;
            continue;
        }
        const auto row = static_cast<std::size_t>(found - batch.source_rows.begin());
        store::SweepRow made;
        made.key = key_hashes_[row];
        made.hash = hash_of_bytes(block, fault.row);
        made.number = time_of(batch, row);
        made.flags = store::SweepRow::kUnmapped;
        out.rows.push_back(made);
        out.raw.push_back(fault.row);
    }
}

base::RowHash SweepMapper::hash_of_bytes(const base::RawBlock& block, std::size_t row) {
    hasher_.add_bytes(base::pack_row(block, *columns_, row));
    const base::RowHash hash = hasher_.finish();
    return digest_ ? base::sealed_hash(hash, *digest_) : hash;
}

}  // namespace hrbridge::jobs
