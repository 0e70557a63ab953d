#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "daemon/base/seal.h"
#include "daemon/store/callback_inbox.h"
#include "tests/daemon/store/cause_codes.h"

namespace hrbridge::store {

// A store with sealed values in the places that have some.
class SealedRows : public BothStores {
  protected:
    void keep_people(const base::SealKeys& keys, int people) {
        const BatchPlan plan = make_plan(*connection_, "person", clock_.now());
        base::Batch batch;
        for (const char* column : {"person_no", "name", "id_number"}) {
            batch.columns.emplace_back(column, base::FieldType{base::Kind::Text, 80});
            for (int i = 1; i <= people; ++i) {
                batch.columns.back().append_bytes("P" + std::to_string(i));
            }
        }
        batch.hashes.resize(static_cast<std::size_t>(people));
        for (int i = 0; i < people; ++i) {
            batch.source_rows.push_back(static_cast<std::uint32_t>(i));
        }
        const auto writer = make_batch_writer(*connection_, plan, &keys, clock_);
        writer->append(batch, nullptr);
        writer->commit(at(plan, "1"));
    }
    void keep_reject(const base::SealKeys* keys, const std::string& row = "a row") {
        const BatchPlan plan = make_plan(*connection_, "cause_code", clock_.now());
        const auto writer = make_batch_writer(*connection_, plan, keys, clock_);
        Reject reject;
        reject.rule = "F01";
        reject.packed_row = row;
        writer->reject(reject);
        writer->commit(at(plan, "1"));
    }
    void keep_reject(const base::SealKeys& keys) { keep_reject(&keys); }
    void keep_callback(const base::SealKeys& keys) {
        model::Callback callback;
        callback.dedupe_key = "d";
        callback.body = "a body";
        callback.received_at = clock_.now();
        CallbackInbox(*connection_).add(callback, keys, std::chrono::seconds(3));
    }
};

}  // namespace hrbridge::store
