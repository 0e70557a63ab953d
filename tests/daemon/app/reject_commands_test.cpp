#include <gmock/gmock.h>

#include "daemon/app/commands.h"
#include "daemon/store/store.h"
#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using test::Ran;
using testing::HasSubstr;
using testing::Not;

// Rejects as their commands show and close them.
class RejectCommands : public testing::Test {
  protected:
    nlohmann::json open() { return bench_.run({"rejects", "list", "--json"}).json(); }
    void sync() { EXPECT_EQ(bench_.run({"sync", "all"}).exit, Exit::Done); }
    // A mapping that reads every column and marks none as personal.
    void make_everything_public() {
        std::string text = CommandBench::kOperations;
        text.replace(text.find("pii: name, "), 11, "");
        text.replace(text.find(", note: text"), 12, "");
        bench_.folder.write("mappings/operation.map.yaml", text);
    }
    std::string audit() {
        store::StoreOptions options;
        options.path = bench_.folder.file("hr.db");
        const auto store = store::open_store(options);
        const auto connection = store->connect();
        const auto rows =
            connection->query("SELECT act || ' ' || object || ' ' || detail FROM audit", {});
        std::string text;
        while (rows->next()) {
            text += rows->text(0) + "\n";
        }
        return text;
    }

    CommandBench bench_;
};

TEST_F(RejectCommands, OfALineThatCannotBeTakenApartAreClosedWhenItsFileIsCorrected) {
    bench_.put_rows("OP1,weld,production,\nOP2,paint\n,mill,production,\n", "a.csv");
    bench_.put_rows("OP3,cut\n", "b.csv");
    sync();
    ASSERT_EQ(open().size(), 3U);

    bench_.put_rows("OP1,weld,production,\nOP2,paint,production,\nOP4,mill,production,x\n",
                    "a.csv");
    EXPECT_THAT(bench_.run({"sync", "all"}).out, HasSubstr("2 refused rows without a key"));

    ASSERT_EQ(open().size(), 1U);
    EXPECT_THAT(open().at(0).at("reason").get<std::string>(), HasSubstr("b.csv:2"));
}

TEST_F(RejectCommands, StayOpenWhenTheirFileIsGoneOrNotReadAgain) {
    bench_.put_rows("OP2,paint\n", "a.csv");
    bench_.put_rows("OP3,cut,production,\n", "b.csv");
    sync();
    bench_.put_rows("OP3,cut,production,\nOP4,mill,production,\n", "b.csv");
    sync();
    EXPECT_EQ(open().size(), 1U);
    std::filesystem::remove(bench_.folder.file("in/a.csv"));
    EXPECT_EQ(bench_.run({"sync", "all", "--full"}).exit, Exit::Done);
    EXPECT_EQ(open().size(), 1U);
}

TEST_F(RejectCommands, ShowALineThatCannotBeTakenApartWithItsPlace) {
    make_everything_public();
    bench_.put_rows("OP1,\xD0\xDE\xD0\xDE,production,\nOP2,\xD0\xDE\n");
    sync();

    const Ran ran = bench_.run({"rejects", "show", "1"});

    EXPECT_EQ(ran.exit, Exit::Done) << ran.errors;
    EXPECT_THAT(ran.out, HasSubstr("rows.csv:3"));
    EXPECT_THAT(ran.out, HasSubstr("OP2,修\n"));
    EXPECT_THAT(ran.out, Not(HasSubstr("absent")));
}

TEST_F(RejectCommands, MaskALineThatMayHoldWhatIsPersonal) {
    bench_.put_rows("OP1,weld,production,\nOP2,\xD0\xDE\xD0\xDE\xD0\xDE\n");
    sync();

    const auto row = bench_.run({"rejects", "show", "1", "--json"}).json().at("row");

    EXPECT_EQ(row.at("(place)"), "rows.csv:3");
    EXPECT_EQ(row.at("(record)"), "O*****修");
}

TEST_F(RejectCommands, SayWhereARowWithoutAKeyStood) {
    bench_.put_rows("OP1,weld,production,\n,paint,production,\n");
    sync();

    const auto row = bench_.run({"rejects", "show", "1", "--json"}).json().at("row");

    EXPECT_EQ(row.at("(place)"), "rows.csv:3");
    EXPECT_EQ(row.at("kind"), "production");
}

TEST_F(RejectCommands, DismissARejectWithAReasonThatIsKept) {
    bench_.put_rows("OP2,paint,broken,\n");
    sync();
    EXPECT_EQ(bench_.run({"rejects", "dismiss", "1"}).exit, Exit::Usage);
    EXPECT_EQ(bench_.run({"rejects", "dismiss", "1", "--reason", " "}).exit, Exit::Usage);
    EXPECT_EQ(bench_.run({"rejects", "dismiss", "7", "--reason", "x"}).exit, Exit::Usage);
    EXPECT_EQ(open().size(), 1U);

    EXPECT_EQ(bench_.run({"rejects", "dismiss", "1", "--reason", "a test row"}).exit, Exit::Done);

    EXPECT_EQ(open().size(), 0U);
    EXPECT_EQ(bench_.run({"rejects", "list", "--state", "dismissed", "--json"}).json().size(), 1U);
    const std::string shown = bench_.run({"rejects", "show", "1"}).out;
    EXPECT_THAT(shown, HasSubstr("\"state\": \"dismissed\""));
    EXPECT_THAT(shown, HasSubstr("\"dismissed_because\": \"a test row\""));
    EXPECT_THAT(shown, HasSubstr("\"dismissed_by\": \"uid "));
    EXPECT_THAT(audit(), HasSubstr("reject.dismiss 1 a test row"));
    const Ran again = bench_.run({"rejects", "dismiss", "1", "--reason", "x"});
    EXPECT_EQ(again.exit, Exit::Usage);
    EXPECT_THAT(again.errors, HasSubstr("dismissed already"));
    EXPECT_EQ(bench_.run({"sync", "all", "--full"}).exit, Exit::Done);
    EXPECT_EQ(open().size(), 0U) << "the same row for the same reason";
}

}  // namespace
}  // namespace hrbridge::app
