#include "migration/ledger/lookup.h"

#include "daemon/base/error.h"
#include "tests/migration/ledger/ledger_bench.h"

namespace hrbridge::ledger {
namespace {

class LedgerLookup : public LedgerBench {};
INSTANTIATE_TEST_SUITE_P(All,
                         LedgerLookup,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(LedgerLookup, FindsTheNewestThatIsAcceptedHoweverManyCameLater) {
    store::sql::Transaction transaction(*connection_);
    for (std::int64_t i = 1; i <= 120; ++i) {
        for (const char* const subject : {"a", "b"}) {
            Ledger(*connection_, nullptr).append({{}, subject, "x", HeadSent{i, {}, "printed"}});
        }
    }
    transaction.commit();
    const auto sent = [&](const std::function<bool(const Entry&)>& accepts) {
        const auto entry = find_newest(*connection_, Kind::HeadSent, "a", accepts);
        return entry ? std::get<HeadSent>(entry->body).sequence : 0;
    };
    EXPECT_EQ(sent({}), 120);
    for (const std::int64_t wanted : {120, 71, 70, 20, 1}) {
        EXPECT_EQ(sent([&](const Entry& each) {
                      return std::get<HeadSent>(each.body).sequence == wanted;
                  }),
                  wanted);
    }
    EXPECT_EQ(sent([](const Entry&) { return false; }), 0);
    EXPECT_FALSE(find_newest(*connection_, Kind::HeadSent, "c"));
    EXPECT_FALSE(find_newest(*connection_, Kind::Draw, "a"));
}

TEST_P(LedgerLookup, RefusesAnEntryThatWasChanged) {
    fill(1);
    store::sql::Transaction transaction(*connection_);
    Ledger(*connection_, &keys_).append({{}, "a", "x", HeadSent{7, {}, "printed"}});
    transaction.commit();
    ASSERT_TRUE(find_newest(*connection_, Kind::HeadSent, "a"));
    run("UPDATE ledger_entry SET actor = 'y' WHERE kind = 'head_sent' AND subject = 'a'");
    EXPECT_THROW(find_newest(*connection_, Kind::HeadSent, "a"), base::StoreError);
}

}  // namespace
}  // namespace hrbridge::ledger
