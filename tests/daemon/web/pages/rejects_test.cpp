#include <gtest/gtest.h>

#include "daemon/base/ids.h"
#include "daemon/store/repositories.h"
#include "daemon/web/pages/pages.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::web {
namespace {

class RejectsPage : public testing::Test {
  protected:
    void SetUp() override {
        store::StoreOptions options;
        options.path = folder_.file("hr.db");
        store_ = store::open_store(options);
        store::migrate(*store_->connect());
        router_ = std::make_unique<Router>(*store_, clock_, log_);
        PageParts parts{*store_, clock_, log_, base::Zone::utc()};
        parts.replay = [this](const std::string& mapping,
                              const std::string& actor) -> std::optional<jobs::ReplayReport> {
            if (mapping != "erp/person") {
                return std::nullopt;
            }
            replayed_by_.push_back(actor);
            return report_;
        };
        add_reject_pages(*router_, parts);
    }

    Response ask(const std::string& method,
                 const std::string& path,
                 model::Role role,
                 const std::map<std::string, std::string>& form = {},
                 const std::map<std::string, std::string>& query = {}) {
        const auto connection = store_->connect();
        store::AccountRepository accounts(*connection);
        const std::string name = "role" + std::to_string(static_cast<int>(role));
        if (!accounts.find(name)) {
            model::Account account;
            account.name = name;
            account.role = role;
            accounts.add(account, clock_.now());
            accounts.add_session({base::sha256(name),
                                  accounts.find(name)->id,
                                  "form-token",
                                  clock_.now(),
                                  clock_.now() + std::chrono::hours(1),
                                  clock_.now()});
        }
        Request request;
        request.method = method;
        request.path = path;
        request.form = form;
        request.query = query;
        request.cookies[kSessionCookie] = name;
        return router_->handle(request);
    }

    test::TempDir folder_;
    test::ManualClock clock_;
    test::MemoryLog log_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<Router> router_;
    jobs::ReplayReport report_;
    std::vector<std::string> replayed_by_;
};

const std::map<std::string, std::string> kForm{{"mapping", "erp/person"},
                                               {"form_token", "form-token"}};

TEST_F(RejectsPage, MapsTheRowsAgainForWhoMayAndSaysWhatBecameOfThem) {
    report_.rows = 12;
    report_.released = 10;
    report_.remaining = 2;

    const Response answer = ask("POST", "/rejects/replay", model::Role::Implementer, kForm);

    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.headers.at("Location"), "/rejects?rows=12&stored=10&left=2");
    EXPECT_EQ(replayed_by_, std::vector<std::string>{"role1"});
    const Response page = ask("GET",
                              "/rejects",
                              model::Role::Implementer,
                              {},
                              {{"rows", "12"}, {"stored", "10"}, {"left", "2"}, {"lang", "en"}});
    EXPECT_NE(page.body.find("Rows mapped again 12"), std::string::npos);
}

TEST_F(RejectsPage, ReplaysNothingWithoutTheFormTokenOrTheRole) {
    EXPECT_EQ(
        ask("POST", "/rejects/replay", model::Role::Operator, {{"mapping", "erp/person"}}).status,
        403);
    EXPECT_EQ(ask("POST", "/rejects/replay", model::Role::Hr, kForm).status, 403);
    EXPECT_TRUE(replayed_by_.empty());
}

TEST_F(RejectsPage, SaysThatAReplayFailedAndKeepsTheReasonForTheLog) {
    report_.outcome = jobs::SyncOutcome::Busy;
    report_.error = "a sync of this mapping runs";

    const Response answer = ask("POST", "/rejects/replay", model::Role::Operator, kForm);

    EXPECT_EQ(answer.headers.at("Location"), "/rejects?failed=1");
    EXPECT_TRUE(log_.contains("a sync of this mapping runs"));
}

TEST_F(RejectsPage, KnowsNoOtherMapping) {
    EXPECT_EQ(ask("POST",
                  "/rejects/replay",
                  model::Role::Operator,
                  {{"mapping", "other"}, {"form_token", "form-token"}})
                  .status,
              404);
}

TEST_F(RejectsPage, OffersAButtonForEachMappingWithOpenRows) {
    const auto connection = store_->connect();
    connection->run_script(
        "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, source_key, "
        "key_digest, packed_row, state, seen, first_seen, last_seen) VALUES ('erp/person', 'h', 1, "
        "'row', 'F01', 'code', 'r', 'k', x'01', x'00', 'open', 1, 0, 0)");

    const Response page = ask("GET", "/rejects", model::Role::Operator);

    EXPECT_NE(page.body.find("action=\"/rejects/replay\""), std::string::npos);
    EXPECT_NE(page.body.find("value=\"erp/person\""), std::string::npos);
    EXPECT_NE(page.body.find("value=\"form-token\""), std::string::npos);
}

TEST_F(RejectsPage, ShowsAReasonInTheLanguageOfThePage) {
    store_->connect()->run_script(
        "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, source_key, "
        "key_digest, packed_row, state, seen, first_seen, last_seen) VALUES ('erp/person', 'h', 1, "
        "'row', 'F01', 'code', 'the value is below 0', 'k', x'01', x'00', 'open', 1, 0, 0)");

    const std::string chinese = ask("GET", "/rejects", model::Role::Operator).body;
    const std::string english =
        ask("GET", "/rejects", model::Role::Operator, {}, {{"lang", "en"}}).body;

    EXPECT_NE(chinese.find("该值小于下限 0"), std::string::npos);
    EXPECT_EQ(chinese.find("the value is below"), std::string::npos);
    EXPECT_NE(english.find("the value is below 0"), std::string::npos);
}

}  // namespace
}  // namespace hrbridge::web
