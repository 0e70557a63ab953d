#include "daemon/store/reject_writer.h"

#include <algorithm>
#include <string_view>

#include "daemon/base/ids.h"
#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"
#include "daemon/store/local_transaction.h"
#include "daemon/store/reject_row.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kOpen =
    "SELECT key_digest, id FROM reject WHERE mapping = $1 AND state = 'open'";
constexpr std::string_view kWrite =
    "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, source_key, "
    "key_digest, waits_for, "
    "packed_row, state, seen, first_seen, last_seen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
    "$10, $11, 'open', 1, $12, $12) "
    "ON CONFLICT (mapping, key_digest) DO UPDATE SET mapping_hash = excluded.mapping_hash, run_id "
    "= excluded.run_id, "
    "kind = excluded.kind, rule = excluded.rule, field = excluded.field, reason = excluded.reason, "
    "source_key = excluded.source_key, waits_for = excluded.waits_for, packed_row = "
    "excluded.packed_row, "
    // What a person has accepted stays accepted as long as the same rule says so.
    "state = CASE WHEN reject.state = 'accepted' AND reject.rule = excluded.rule THEN 'accepted' "
    "ELSE 'open' END, "
    "seen = CASE WHEN reject.run_id = excluded.run_id THEN reject.seen ELSE reject.seen + 1 END, "
    "last_seen = excluded.last_seen";
constexpr std::string_view kClose =
    "UPDATE reject SET state = 'released', last_seen = $2 WHERE id = $1";

}  // namespace

RejectWriter::RejectWriter(sql::Connection& connection,
                           const BatchPlan& plan,
                           const base::SealKeys* keys)
    : connection_(connection), plan_(plan), keys_(keys) {
    for (const std::string& name : plan.source_key) {
        for (std::size_t i = 0; i < plan.source_columns.size(); ++i) {
            if (base::to_lower_ascii(plan.source_columns[i].name) == base::to_lower_ascii(name)) {
                key_columns_.push_back(i);
            }
        }
    }
    reload();
}

void RejectWriter::reload() {
    open_.clear();
    good_.clear();
    const auto rows = connection_.query(kOpen, {plan_.mapping});
    while (rows->next()) {
        open_.emplace(rows->bytes(0), rows->integer(1));
    }
}

std::string RejectWriter::digest_of_row(const base::RawBlock& raw, std::size_t row) const {
    if (key_columns_.empty()) {
        return digest_of_packed(base::pack_row(raw, plan_.source_columns, row));
    }
    base::RowHasher key;
    key.add_text(plan_.mapping);
    for (const std::size_t column : key_columns_) {
        if (raw.columns[column].has_bytes(row)) {
            key.add_bytes(raw.columns[column].cell(row));
        } else {
            key.add_null();
        }
    }
    return base::sha256(key.canonical());
}

std::string RejectWriter::digest_of_packed(const std::string& packed) const {
    base::RowHasher whole;
    whole.add_text(plan_.mapping);
    whole.add_bytes(packed);
    return base::sha256(whole.canonical());
}

std::string RejectWriter::key_shown(const base::RawBlock& raw, std::size_t row) const {
    std::string shown;
    for (const std::size_t column : key_columns_) {
        const std::string_view cell = base::trim(raw.columns[column].cell(row));
        shown += shown.empty() ? "" : "/";
        shown += base::is_valid_utf8(cell) ? std::string(cell) : "0x" + base::to_hex(cell);
    }
    return shown;
}

Reject RejectWriter::make(const base::RawBlock& raw, std::size_t row) const {
    Reject reject;
    reject.source_key = key_shown(raw, row);
    reject.packed_row = base::pack_row(raw, plan_.source_columns, row);
    return reject;
}

void RejectWriter::write(const Reject& reject, base::Timestamp now) {
    base::RawBlock raw;
    const bool readable =
        !key_columns_.empty() && base::unpack_row(reject.packed_row, plan_.source_columns, raw);
    const std::string digest =
        readable ? digest_of_row(raw, 0) : digest_of_packed(reject.packed_row);
    const std::string packed = seal_packed_row(reject.packed_row, plan_.mapping, digest, keys_);
    connection_.execute(
        kWrite,
        {plan_.mapping,
         plan_.mapping_hash,
         plan_.run_id,
         std::string(reject.kind == RejectClass::Hold ? "hold" : "row"),
         reject.rule,
         reject.field,
         reject.reason,
         reject.source_key,
         base::Bytes{digest},
         reject.waits_for.empty() ? base::Value{base::Null{}} : base::Value{reject.waits_for},
         base::Bytes{packed},
         now});
    // The id is read when the batch after this one asks: a row that is good later in the same batch
    // is the same source row only when the source gave it twice.
    open_.emplace(digest, 0);
}

void RejectWriter::note_good(const base::RawBlock& raw, std::size_t row) {
    std::string digest = digest_of_row(raw, row);
    if (open_.count(digest) > 0) {
        good_.push_back(std::move(digest));
    }
}

void RejectWriter::close_good(base::Timestamp now) {
    for (const std::string& digest : good_) {
        std::int64_t id = open_.at(digest);
        if (id == 0) {
            const auto rows =
                connection_.query("SELECT id FROM reject WHERE mapping = $1 AND key_digest = $2",
                                  {plan_.mapping, base::Bytes{digest}});
            id = rows->next() ? rows->integer(0) : 0;
        }
        connection_.execute(kClose, {id, now});
        open_.erase(digest);
    }
    good_.clear();
}

}  // namespace hrbridge::store
