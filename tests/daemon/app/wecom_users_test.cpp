#include "daemon/app/wecom_users.h"

#include <chrono>
#include <optional>

#include <gmock/gmock.h>

#include "daemon/store/store.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::app {
namespace {

using std::chrono::days;
using testing::ElementsAre;

class WecomUsers : public testing::Test {
  protected:
    WecomUsers() {
        store::StoreOptions options;
        options.path = folder_.file("hr.db");
        store_ = store::open_store(options);
        store::migrate(*store_->connect());
    }

    void employ(std::int64_t id, const char* userid, std::optional<base::Date> end) {
        const auto connection = store_->connect();
        const base::Value hash(base::Bytes{});
        connection->execute(
            "INSERT INTO person (id, person_no, name, wecom_userid, row_hash, batch_id, known_from)"
            " VALUES ($1, $2, 'x', $3, $4, 1, $5)",
            {id, std::to_string(id), std::string(userid), hash, now_});
        connection->execute(
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, end_date,"
            " row_hash, batch_id, known_from) VALUES ($1, $2, 'permanent', $3, $4, $5, 1, $6)",
            {std::to_string(id),
             id,
             today_ - days(900),
             end ? base::Value(*end) : base::Value(),
             hash,
             now_});
    }

    test::TempDir folder_;
    std::unique_ptr<store::Store> store_;
    base::Date today_{std::chrono::year(2024) / 5 / 6};
    base::Timestamp now_{today_};
};

TEST_F(WecomUsers, WhoLeavesStaysOnTheListUntilTheWindowIsBehindHisLastDay) {
    employ(1, "stays", std::nullopt);
    employ(2, "leaves_later", today_ + days(30));
    employ(3, "left_lately", today_ - days(5));
    employ(4, "left_long_ago", today_ - days(400));

    EXPECT_THAT(wecom_users(*store_, now_), ElementsAre("leaves_later", "stays"));
    EXPECT_THAT(wecom_users(*store_, now_ - days(10)),
                ElementsAre("leaves_later", "left_lately", "stays"));
}

}  // namespace
}  // namespace hrbridge::app
