#include "daemon/app/reject_retention.h"

#include <chrono>
#include <memory>

#include <gtest/gtest.h>

#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::app {
namespace {

class RejectRetention : public testing::Test {
  protected:
    RejectRetention() {
        store::StoreOptions options;
        options.path = folder_.file("hr.db");
        store_ = store::open_store(options);
        store::migrate(*store_->connect());
    }
    void reject(const std::string& mapping, const std::string& state, int days_ago) {
        const base::Timestamp seen = now_ - std::chrono::days(days_ago);
        store_->connect()->execute(
            "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, "
            "source_key, key_digest, packed_row, state, seen, first_seen, last_seen) VALUES ($1, "
            "'h', 1, 'row', 'F01', 'f', 'r', 'k', $2, $3, $4, 1, $5, $6)",
            {mapping, base::Bytes{std::to_string(++number_)}, base::Bytes{}, state, seen, seen});
    }
    std::int64_t left(const std::string& mapping) {
        const auto connection = store_->connect();
        const auto rows =
            connection->query("SELECT count(*) FROM reject WHERE mapping = $1", {mapping});
        return rows->next() ? rows->integer(0) : -1;
    }
    std::int64_t purge() {
        engine::Mapping own;
        own.name = "own";
        own.rejects.keep_days = 10;
        engine::Mapping other;
        other.name = "other";
        return purge_rejects(*store_->connect(), {own, other}, 30, now_);
    }

    test::TempDir folder_;
    std::unique_ptr<store::Store> store_;
    base::Timestamp now_ = *base::parse_timestamp("2024-05-06 12:00:00Z");
    int number_ = 0;
};

TEST_F(RejectRetention, AMappingsOwnTermGoesBeforeThatOfTheConfiguration) {
    for (const char* mapping : {"own", "other", "gone"}) {
        reject(mapping, "released", 5);
        reject(mapping, "released", 20);
        reject(mapping, "released", 40);
        reject(mapping, "open", 40);
    }

    EXPECT_EQ(purge(), 4);

    EXPECT_EQ(left("own"), 2);
    EXPECT_EQ(left("other"), 3);
    EXPECT_EQ(left("gone"), 3);
}

}  // namespace
}  // namespace hrbridge::app
