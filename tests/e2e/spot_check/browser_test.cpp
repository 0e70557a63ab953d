#include <cstdlib>

#include <gmock/gmock.h>

#include "daemon/web/pages/pages.h"
#include "daemon/web/passwords.h"
#include "daemon/web/server.h"
#include "tests/migration/spot_check/spot_bench.h"
#include "tests/support/process.h"

namespace hrbridge::spot_check {
namespace {

constexpr const char* kPassword = "correct horse battery";

// A frozen rehearsal, its draw, the daemon's pages over it and a browser before them.
class APersonInTheBrowser : public SpotBench {
  protected:
    void SetUp() override {
        SpotBench::SetUp();
        frozen_core();
        draw_one();
        model::Account account;
        account.name = kAccount;
        account.role = model::Role::Checker;
        account.password_hash = web::hash_password(kPassword);
        store::AccountRepository(*connection_).add(account, system_clock_.now());
        router_ = std::make_unique<web::Router>(**store_, system_clock_, log_);
        web::PageParts parts{**store_, system_clock_, log_, base::Zone::utc()};
        parts.keys = &keys_;
        parts.ledger_keys = &ledger_keys_;
        web::add_asset_routes(*router_);
        web::add_login_pages(*router_, parts);
        web::add_check_pages(*router_, parts);
        server_ = std::make_unique<web::Server>(
            web::ServerOptions(),
            [this](const web::Request& request) { return router_->handle(request); },
            log_);
    }
    void TearDown() override {
        server_.reset();
        SpotBench::TearDown();
    }
    test::Finished work() {
        const char* const shots = std::getenv("SCREENSHOT_FOLDER");
        return test::run({{"node",
                           HRBRIDGE_SOURCE_DIR "/tests/web/spot_check.mjs",
                           fmt::format("http://127.0.0.1:{}", server_->port()),
                           kAccount,
                           kPassword,
                           shots != nullptr ? shots : folder_.file("shots")},
                          {},
                          {},
                          {},
                          {}});
    }

    test::MemoryLog log_;
    test::TempDir folder_;
    std::unique_ptr<web::Router> router_;
    std::unique_ptr<web::Server> server_;
};
INSTANTIATE_TEST_SUITE_P(Stores, APersonInTheBrowser, testing::Values("sqlite"), store::store_name);

TEST_P(APersonInTheBrowser, ChecksTheWholeSheetByKeyboardFindsEveryDecoyAndTheModulePasses) {
    const std::int64_t rows = std::ssize(sheet_rows());
    ASSERT_GE(rows, 60);
    const test::Finished first = work();
    ASSERT_EQ(first.code, 0) << first.output;
    EXPECT_THAT(first.output, testing::HasSubstr(fmt::format("{} rows judged, 0 faults", rows)));
    for (const SheetRow& row : sheet_rows()) {
        ASSERT_TRUE(row.is_judged()) << row.place;
        EXPECT_EQ(row.judgement->account, kAccount);
        EXPECT_TRUE(row.judgement->milliseconds.has_value());
        EXPECT_EQ(row.judgement->fields,
                  row.content.planted.empty() ? std::vector<std::string>{}
                                              : std::vector<std::string>{row.content.planted});
    }
    EXPECT_GE(entries("reveal"), 60);

    const ResultOutcome grown = conclude_newest();
    EXPECT_GT(grown.added, 0);
    const test::Finished second = work();
    ASSERT_EQ(second.code, 0) << second.output;
    const ResultOutcome out = conclude_newest();
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.verdict->outcome, ledger::Outcome::Pass);
    EXPECT_EQ(out.tally.decoys_found, out.tally.decoys);
    EXPECT_THAT(ledger_faults(), testing::IsEmpty());
}

}  // namespace
}  // namespace hrbridge::spot_check
