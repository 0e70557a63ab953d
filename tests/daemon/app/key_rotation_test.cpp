#include <gmock/gmock.h>

#include "daemon/store/store.h"
#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using testing::AllOf;
using testing::HasSubstr;

std::int64_t left_of(const nlohmann::json& done, const std::string& table) {
    for (const auto& each : done.at("columns")) {
        if (each.at("table") == table) {
            return each.at("left");
        }
    }
    ADD_FAILURE() << "no " << table;
    return -1;
}

// A second key on the first line, as daemon/README.md says.
void add_key(const CommandBench& bench) {
    const std::string former = test::read_file(bench.folder.file("keys"));
    std::filesystem::permissions(
        bench.folder.write("keys",
                           std::string(base::SealKeys::generate("k2").reveal()) + "\n" + former),
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(KeyRotate, SealsKeptRowsByTheNewKeyAndTheyAreStillKnownAndReplayed) {
    const CommandBench bench;
    bench.put_rows("OP1,weld,production,\nOP2,mend,other,\n");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);
    add_key(bench);

    EXPECT_THAT(bench.run({"key", "rotate"}).out,
                AllOf(HasSubstr("reject.packed_row"),
                      HasSubstr("1 sealed anew, 0 left"),
                      HasSubstr("all values of this store are sealed by k2"),
                      HasSubstr("k1 stays on the last line")));
    const auto again = bench.run({"key", "rotate", "--json"}).json();
    EXPECT_EQ(again.at("current"), "k2");
    EXPECT_EQ(left_of(again, "reject"), 0);
    EXPECT_EQ(bench.run({"rejects", "replay", "test/operation"}).exit, Exit::Done);
    EXPECT_EQ(bench.run({"sync", "test/operation", "--full", "--json"}).exit, Exit::Done);
    EXPECT_EQ(bench.run({"rejects", "list", "--json"}).json().size(), 1U);
}

TEST(KeyRotate, WritesNothingOnceAnotherProcessTookItsLeaseOver) {
    const CommandBench bench;
    bench.put_rows("OP1,weld,production,\nOP2,mend,other,\n");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);
    add_key(bench);
    store::StoreOptions options;
    options.path = bench.folder.file("hr.db");
    const auto store = store::open_store(options);
    const auto connection = store->connect();
    connection->run_script(
        "CREATE TRIGGER taken AFTER INSERT ON lease WHEN new.name = 'keys' BEGIN UPDATE lease SET "
        "fencing_token = fencing_token + 1 WHERE name = 'keys'; END");

    const auto ran = bench.run({"key", "rotate"});

    EXPECT_EQ(ran.exit, Exit::Failed);
    EXPECT_THAT(ran.errors, HasSubstr("not now: 'keys' was taken over by another process"));
    connection->run_script("DROP TRIGGER taken; UPDATE lease SET holder = '', expires_at = 0");
    EXPECT_THAT(bench.run({"key", "rotate"}).out, HasSubstr("1 sealed anew, 0 left"));
}

TEST(KeyRotate, HasNothingToDoWithOneKey) {
    const CommandBench bench;
    EXPECT_THAT(bench.run({"key", "rotate"}).out,
                HasSubstr("all values of this store are sealed by k1"));
}

}  // namespace
}  // namespace hrbridge::app
