#include "daemon/store/staged_block.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/seal_place.h"

namespace hrbridge::store {
namespace {

// A copy that this code may change.
base::Batch& own(StagedBlock& block) {
    auto copy = std::make_shared<base::Batch>(*block.batch);
    base::Batch& rows = *copy;
    block.batch = std::move(copy);
    return rows;
}

// What is sealed of a cell: its text, a number or date in its plain notation.
std::string plain_text(const base::Column& column, std::size_t row) {
    return column.type().kind == base::Kind::Text ? std::string(column.bytes(row))
                                                  : base::to_string(column.value(row));
}

}  // namespace

base::RowHash without_parent(base::RowHash hash, const std::string& column) {
    const std::uint64_t salt = base::hash64("no parent for " + column);
    for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
        hash.bytes[i] =
            static_cast<std::uint8_t>(hash.bytes[i] ^ ((salt >> (8U * (i % 8U))) & 0xffU));
    }
    return hash;
}

std::string key_text(const base::Batch& batch,
                     const std::vector<std::string>& key,
                     std::size_t row) {
    std::string text;
    for (std::size_t i = 0; i < key.size(); ++i) {
        const base::Column* column = batch.find(key[i]);
        if (column == nullptr) {
            throw base::StoreError("plan",
                                   base::Remedy::Stop,
                                   fmt::format("the mapping does not fill key field {}", key[i]));
        }
        text += i == 0 ? "" : "/";
        if (column->type().kind == base::Kind::Text) {
            text += column->bytes(row);
        } else {
            text += base::to_string(column->value(row));
        }
    }
    return text;
}

const base::Column* StagedBlock::find(const std::string& column) const {
    const auto found = std::find_if(
        made.begin(), made.end(), [&](const auto& each) { return each.name() == column; });
    return found == made.end() ? batch->find(column) : &*found;
}

void StagedBlock::retain(const std::vector<std::uint8_t>& keep) {
    own(*this).retain(keep);
    for (base::Column& column : made) {
        column.retain(keep);
    }
    if (!keys.empty()) {
        std::size_t to = 0;
        for (std::size_t row = 0; row < keys.size(); ++row) {
            if (keep[row] != 0) {
                std::swap(keys[to++], keys[row]);
            }
        }
        keys.resize(to);
    }
}

BlockStager::BlockStager(sql::Connection& connection,
                         const BatchPlan& plan,
                         const base::SealKeys* keys)
    : plan_(plan), keys_(keys) {
    for (const ReferenceField& field : plan.references) {
        indexes_.emplace_back(connection,
                              field.entity,
                              field.key_column,
                              ReferenceIndex::Gone::Unknown,
                              field.entity == plan.table.name
                                  ? ReferenceIndex::Missing::AskedAgain
                                  : ReferenceIndex::Missing::AskedOnceABatch);
    }
}

StagedBlock BlockStager::stage(const base::Batch& batch, bool keep_rows) {
    StagedBlock block;
    block.batch = keep_rows ? std::make_shared<const base::Batch>(batch)
                            : std::shared_ptr<const base::Batch>(std::shared_ptr<void>(), &batch);
    std::vector<std::uint8_t> keep(batch.rows(), 1);
    for (std::size_t i = 0; i < indexes_.size(); ++i) {
        resolve(plan_.references[i], indexes_[i], block, keep);
    }
    if (!block.problems.empty()) {
        block.retain(keep);
    }
    block.keys.reserve(block.rows());
    for (std::size_t row = 0; row < block.rows(); ++row) {
        block.keys.push_back(key_text(*block.batch, plan_.table.key, row));
    }
    const auto& columns = block.batch->columns;
    if (std::any_of(columns.begin(), columns.end(), [&](const base::Column& column) {
            return is_sealed(column.name());
        })) {
        seal_hashes(block);
    }
    return block;
}

// Sealed before staging, so that no personal text reaches a temporary file.
void BlockStager::finish(StagedBlock& block) {
    for (const base::Column& column : block.batch->columns) {
        if (is_sealed(column.name())) {
            seal_column(column, block);
        }
    }
    for (const base::Column& column : block.batch->columns) {
        block.columns.push_back(block.find(column.name()));
    }
}

void BlockStager::begin_batch() {
    for (ReferenceIndex& index : indexes_) {
        index.forget_missing();
    }
}

void BlockStager::forget_references() {
    for (ReferenceIndex& index : indexes_) {
        index.forget();
    }
}

void BlockStager::resolve(const ReferenceField& field,
                          ReferenceIndex& index,
                          StagedBlock& block,
                          std::vector<std::uint8_t>& keep) {
    const base::Column* natural = block.batch->find(field.column);
    if (natural == nullptr || natural->type().kind != base::Kind::Text) {
        throw base::StoreError("plan",
                               base::Remedy::Stop,
                               fmt::format("reference field {} does not hold keys", field.column));
    }
    std::vector<std::string_view> keys;
    for (std::size_t row = 0; row < natural->rows(); ++row) {
        if (!natural->is_null(row)) {
            keys.push_back(natural->bytes(row));
        }
    }
    std::vector<std::int64_t> ids;
    index.find(keys, ids);
    base::Column resolved(field.column, base::FieldType{base::Kind::Int});
    std::vector<std::size_t> orphans;
    std::size_t next = 0;
    for (std::size_t row = 0; row < natural->rows(); ++row) {
        const std::int64_t id = natural->is_null(row) ? 0 : ids[next++];
        if (id != 0) {
            resolved.append_word(id);
            continue;
        }
        resolved.append_null();
        if (natural->is_null(row)) {
            continue;
        }
        if (field.otherwise == ReferenceField::Otherwise::Null) {
            orphans.push_back(row);
        } else if (keep[row] != 0) {
            keep[row] = 0;
            block.problems.push_back(
                {row,
                 &field,
                 fmt::format("{}.{}={}", field.entity, field.key_column, natural->bytes(row))});
        }
    }
    block.made.push_back(std::move(resolved));
    if (!orphans.empty()) {
        base::Batch& rows = own(block);
        for (const std::size_t row : orphans) {
            rows.hashes[row] = without_parent(rows.hashes[row], field.column);
        }
    }
}

bool BlockStager::is_sealed(const std::string& name) const {
    return std::any_of(plan_.table.columns.begin(),
                       plan_.table.columns.end(),
                       [&](const auto& column) { return column.sealed && column.name == name; });
}

// Rows that turn out to be unchanged are sealed in vain; a microsecond a cell is cheaper than a
// second pass over the staged rows.
void BlockStager::seal_column(const base::Column& plain, StagedBlock& block) {
    base::Column sealed(plain.name(), base::FieldType{base::Kind::Bytes});
    for (std::size_t row = 0; row < plain.rows(); ++row) {
        if (plain.is_null(row)) {
            sealed.append_null();
        } else {
            const auto place = seal_place(plan_.table.name, plain.name(), block.keys[row]);
            sealed.append_bytes(keys_->seal(plain_text(plain, row), place));
        }
    }
    block.made.push_back(std::move(sealed));
}

void BlockStager::seal_hashes(StagedBlock& block) {
    if (keys_ == nullptr) {
        throw base::StoreError("keys",
                               base::Remedy::Stop,
                               fmt::format("{} has sealed fields and there is no key; give the "
                                           "credential with the data keys",
                                           plan_.table.name));
    }
    if (!hash_digest_) {
        hash_digest_.emplace(keys_->digest(base::kRowHashPurpose));
    }
    for (base::RowHash& hash : own(block).hashes) {
        hash = base::sealed_hash(hash, *hash_digest_);
    }
}

}  // namespace hrbridge::store
