#include <fstream>

#include <nlohmann/json.hpp>

#include "daemon/base/text.h"
#include "migration/ledger/body_json.h"
#include "tests/migration/ledger/ledger_bench.h"
#include "tests/support/process.h"

// What another program made by the specification alone (ledger_peer.py), and what it says of ours.
namespace hrbridge::ledger {
namespace {

const std::string kFolder = std::string(HRBRIDGE_SOURCE_DIR) + "/tests/migration/ledger/";

PrivateKey key_of(const nlohmann::json& seed) {
    return PrivateKey::from_seed(base::Secret(*base::from_hex(seed.get<std::string>())));
}

class LedgerVectors : public LedgerBench {};
INSTANTIATE_TEST_SUITE_P(All,
                         LedgerVectors,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(LedgerVectors, AreMadeAlikeByAnotherProgram) {
    const auto vectors = nlohmann::json::parse(std::ifstream(kFolder + "ledger_vectors.json"));
    const KeyRing first(key_of(vectors["store_seed"]));
    const KeyRing both(
        std::vector<PrivateKey>{key_of(vectors["next_seed"]), key_of(vectors["store_seed"])});
    const PrivateKey person = key_of(vectors["person_seed"]);
    const auto& wanted = vectors["entries"];
    ASSERT_EQ(wanted.size(), BodyMaker::kKinds + 3);
    const KeyRing* keys = &first;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto& each = wanted[i];
        const Kind kind = *kind_from(each["kind"].get<std::string>());
        if (kind == Kind::KeyAdded) {
            keys = i == 0 ? &first : &both;
            continue;
        }
        Note why;
        const auto body = parse_body(kind, each["body"].get<std::string>(), why);
        ASSERT_TRUE(body) << each["body"] << why.code;
        store::sql::Transaction transaction(*connection_);
        Ledger(*connection_, keys)
            .append({base::Timestamp(std::chrono::microseconds(each["at"].get<std::int64_t>())),
                     each["subject"],
                     each["actor"],
                     *body},
                    signer_of(*body) ? &person : nullptr);
        transaction.commit();
    }
    const auto rows = connection_->query(
        "SELECT seq, at, kind, body, hash, seal, signature FROM ledger_entry ORDER BY seq", {});
    for (const auto& each : wanted) {
        ASSERT_TRUE(rows->next());
        EXPECT_EQ(rows->integer(0), each["seq"].get<std::int64_t>());
        EXPECT_EQ(rows->timestamp(1).time_since_epoch().count(), each["at"].get<std::int64_t>());
        EXPECT_EQ(rows->text(2), each["kind"]);
        EXPECT_EQ(rows->text(3), each["body"]);
        EXPECT_EQ(base::to_hex(rows->bytes(4)), each["hash"]);
        EXPECT_EQ(base::to_hex(rows->bytes(5)), each["seal"]);
        EXPECT_EQ(rows->is_null(6) ? "" : base::to_hex(rows->bytes(6)), each["signature"]);
        EXPECT_EQ(to_line(Head{rows->integer(0),
                               rows->timestamp(1),
                               *Digest::from_bytes(rows->bytes(4)),
                               rows->bytes(5)}),
                  each["line"]);
    }
    EXPECT_FALSE(rows->next());
}

class LedgerVectorsOnSqlite : public LedgerVectors {};
INSTANTIATE_TEST_SUITE_P(All, LedgerVectorsOnSqlite, testing::Values("sqlite"), store::store_name);

TEST_P(LedgerVectorsOnSqlite, OfOursHoldForAnotherProgram) {
    fill(40);
    const auto peer = [this] {
        test::ProcessOptions options;
        options.argv = {"/usr/bin/python3", kFolder + "ledger_peer.py", "verify", store_->path()};
        options.env = {{"PYTHONDONTWRITEBYTECODE", "1"}};
        return test::run(options);
    };
    EXPECT_EQ(peer().code, 0) << peer().output;
    run("UPDATE ledger_entry SET actor = 'other' WHERE seq = 17");
    EXPECT_EQ(peer().output, "40 entries, wrong: [17]\n");
}

}  // namespace
}  // namespace hrbridge::ledger
