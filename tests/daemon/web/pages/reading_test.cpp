#include "daemon/web/pages/reading.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "daemon/store/repositories.h"
#include "tests/daemon/web/support/site.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::web {
namespace {

class ReadingWithReplica : public testing::Test {
  protected:
    ReadingWithReplica() {
        store::migrate(*replica_->connect());
        store::JobRepository(*replica_->connect())
            .set_times("only-in-the-replica", std::nullopt, site_.clock.now());
    }

    std::unique_ptr<store::Store> open() {
        store::StoreOptions options;
        options.path = folder_.file("replica.db");
        return store::open_store(options);
    }
    static std::int64_t readings_in(store::sql::Connection& connection) {
        const auto rows =
            connection.query("SELECT count(*) FROM audit WHERE act = 'outbox.read'", {});
        return rows->next() ? rows->integer(0) : -1;
    }

    test::TempDir folder_;
    std::unique_ptr<store::Store> replica_ = open();
    Site site_{{}, replica_.get()};
};

TEST_F(ReadingWithReplica, PagesShowWhatTheReplicaHolds) {
    const Response page = site_.get("/runs", site_.login("operator"));

    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("only-in-the-replica"), std::string::npos);
}

TEST_F(ReadingWithReplica, WhoReadsIsNotedInTheStore) {
    EXPECT_EQ(site_.get("/outbox", site_.login("operator")).status, 200);

    EXPECT_EQ(readings_in(*site_.connect()), 1);
    EXPECT_EQ(readings_in(*replica_->connect()), 0);
}

}  // namespace
}  // namespace hrbridge::web
