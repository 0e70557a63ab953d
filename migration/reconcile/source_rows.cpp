#include "migration/reconcile/source_rows.h"

#include <algorithm>

#include "daemon/base/local_bounds.h"
#include "daemon/base/packed_row.h"
#include "mappings/engine/key_part.h"

namespace hrbridge::reconcile {
namespace {

using store::SweepRow;

// Of the bytes of refused rows, of which anybody could find a pay by trying.
constexpr std::string_view kPurpose = "reconciled reject 1";

engine::Mapper made(base::Result<engine::Mapper> mapper) {
    if (!mapper) {
        throw check::CannotCheck(
            {"source_columns", {{"where", mapper.fault().where}, {"what", mapper.fault().what}}});
    }
    return std::move(mapper).value();
}

void add_column(base::RowHasher& hasher, const base::Column& column, std::size_t row) {
    if (column.is_null(row)) {
        hasher.add_null();
    } else if (column.type().kind == base::Kind::Text) {
        hasher.add_text(column.bytes(row));
    } else if (column.type().kind == base::Kind::Date) {
        hasher.add_date(column.word(row));
    } else {
        add_cell(hasher, column.value(row));
    }
}

std::int64_t time_of(const base::Batch& batch, std::size_t row) {
    return batch.times.empty() ? 0 : batch.times[row];
}

}  // namespace

SourceRows::SourceRows(store::sql::Connection& side,
                       const base::SealKeys* keys,
                       const engine::Mapping& mapping,
                       const TargetRows& target,
                       base::Date today)
    : side_(side),
      keys_(keys),
      mapping_(mapping),
      key_part_(engine::key_part(mapping)),
      target_(target),
      today_(today) {
    if (keys != nullptr) {
        digest_.emplace(keys->digest(target.has_sealed() ? base::kRowHashPurpose : kPurpose));
    }
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        const engine::FieldRule& field = mapping.fields[i];
        if (!field.stored) {
            continue;
        }
        stored_.push_back(i);
        if (field.ref && field.otherwise == engine::Otherwise::Null) {
            optional_.push_back(
                {i, store::ReferenceIndex(side_, field.ref->entity, field.ref->column), {}});
        }
    }
}

void SourceRows::begin(const std::vector<base::DescribedColumn>& columns) {
    if (mapper_ && columns == columns_) {
        return;
    }
    columns_ = columns;
    mapper_.emplace(made(engine::Mapper::make(mapping_, columns_, today_, keys_)));
    key_mapper_.emplace(made(engine::Mapper::make(key_part_, columns_, today_, keys_)));
}

void SourceRows::map(const base::RawBlock& block, std::vector<SweepRow>& out) {
    out.clear();
    refused_.clear();
    unkeyed_ = 0;
    mapper_->map(block, mapped_);
    add_good(out);
    if (!mapped_.rejects.empty()) {
        add_refused(block, out);
    }
}

std::vector<const base::Column*> SourceRows::key_columns(const base::Batch& batch) const {
    std::vector<const base::Column*> out;
    for (const std::string& name : target_.entity().table().key) {
        out.push_back(batch.find(name));
        if (out.back() == nullptr) {
            throw check::CannotCheck({"key_not_mapped", {{"field", name}}});
        }
    }
    return out;
}

base::RowHash SourceRows::key_of(const std::vector<const base::Column*>& key, std::size_t row) {
    for (const base::Column* const column : key) {
        add_column(hasher_, *column, row);
    }
    return hasher_.finish();
}

base::RowHash SourceRows::sealed(const base::RowHash& hash) {
    return target_.has_sealed() ? base::sealed_hash(hash, *digest_) : hash;
}

bool SourceRows::lacks_parent(std::size_t row) const {
    return std::any_of(optional_.begin(), optional_.end(), [&](const Optional& each) {
        return each.missing[row];
    });
}

void SourceRows::find_parents(const base::Batch& batch) {
    for (Optional& each : optional_) {
        const base::Column& column = batch.columns[each.column];
        std::vector<std::string_view> names;
        for (std::size_t row = 0; row < batch.rows(); ++row) {
            names.push_back(column.is_null(row) ? std::string_view() : column.bytes(row));
        }
        std::vector<std::int64_t> ids;
        each.parents.find(names, ids);
        each.missing.assign(batch.rows(), false);
        for (std::size_t row = 0; row < batch.rows(); ++row) {
            each.missing[row] = !column.is_null(row) && ids[row] == 0;
        }
    }
}

// The store has NULL where an optional parent is not there.
base::RowHash SourceRows::hash_without_parents(const base::Batch& batch, std::size_t row) {
    for (const std::size_t column : stored_) {
        const bool missing =
            std::any_of(optional_.begin(), optional_.end(), [&](const Optional& each) {
                return each.column == column && each.missing[row];
            });
        if (missing) {
            hasher_.add_null();
        } else {
            add_cell(hasher_, batch.columns[column].value(row));
        }
    }
    return hasher_.finish();
}

void SourceRows::add_good(std::vector<SweepRow>& out) {
    const base::Batch& batch = mapped_.batch;
    find_parents(batch);
    if (batch.rows() == 0) {
        return;
    }
    const auto key = key_columns(batch);
    SweepRow row;
    for (std::size_t i = 0; i < batch.rows(); ++i) {
        row.key = key_of(key, i);
        row.hash = sealed(lacks_parent(i) ? hash_without_parents(batch, i) : batch.hashes[i]);
        row.number = time_of(batch, i);
        out.push_back(row);
    }
}

void SourceRows::add_refused(const base::RawBlock& block, std::vector<SweepRow>& out) {
    key_mapper_->map(block, mapped_keys_);
    const base::Batch& batch = mapped_keys_.batch;
    for (std::size_t reject = 0; reject < mapped_.rejects.size(); ++reject) {
        const std::uint32_t raw = mapped_.rejects[reject].row;
        const auto found =
            std::lower_bound(batch.source_rows.begin(), batch.source_rows.end(), raw);
        if (found == batch.source_rows.end() || *found != raw) {
            ++unkeyed_;
            continue;
        }
        const auto row = static_cast<std::size_t>(found - batch.source_rows.begin());
        SweepRow made;
        made.key = key_of(key_columns(batch), row);
        hasher_.add_bytes(base::pack_row(block, columns_, raw));
        made.hash = hasher_.finish();
        if (digest_) {
            made.hash = base::sealed_hash(made.hash, *digest_);
        }
        made.number = time_of(batch, row);
        made.flags = SweepRow::kUnmapped;
        out.push_back(made);
        refused_.emplace_back(row, reject);
    }
}

SourceRows::Cells SourceRows::cells_of(std::size_t i) const {
    Cells out;
    const bool is_good = i < mapped_.batch.rows();
    const auto& [key_row, reject] =
        is_good ? std::pair<std::size_t, std::size_t>() : refused_[i - mapped_.batch.rows()];
    const base::Batch& batch = is_good ? mapped_.batch : mapped_keys_.batch;
    const std::size_t row = is_good ? i : key_row;
    for (const std::string& name : target_.entity().table().key) {
        out.key.push_back(batch.find(name)->value(row));
    }
    if (!is_good) {
        out.rule = mapped_.rejects[reject].rule;
        out.reason = mapped_.rejects[reject].reason;
        return out;
    }
    for (const std::size_t column : stored_) {
        const bool missing =
            std::any_of(optional_.begin(), optional_.end(), [&](const Optional& each) {
                return each.column == column && each.missing[row];
            });
        out.cells.push_back(missing ? base::Value() : batch.columns[column].value(row));
    }
    return out;
}

std::optional<std::int64_t> SourceRows::moved_from(base::Timestamp loaded_to) const {
    const auto form = mapper_ ? mapper_->watermark_form() : std::nullopt;
    if (!form || form == engine::WatermarkForm::Number) {
        return std::nullopt;
    }
    const auto zone = base::Zone::find(mapping_.read_as.zone);
    return form == engine::WatermarkForm::Local
               ? base::local_from(zone.value_or(base::Zone::utc()), loaded_to)
                     .time_since_epoch()
                     .count()
               : loaded_to.time_since_epoch().count();
}

}  // namespace hrbridge::reconcile
