#include "daemon/people/journal.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "daemon/base/error.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::people {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

JournalEntry entry(const std::string& digest) {
    return {base::Timestamp(std::chrono::seconds(1)),
            "uid",
            "key",
            {{"person.person_no", digest}},
            false};
}

TEST(ErasureJournal, GivesBackWhatWasAdded) {
    const test::TempDir folder;
    append_journal(folder.path(), entry(std::string("\0\xff", 2)));
    append_journal(folder.path(), entry("b"));

    const auto read = read_journal(folder.path());

    ASSERT_TRUE(read);
    ASSERT_THAT(*read, SizeIs(2));
    EXPECT_EQ(read->at(0).numbers.at(0).first, "person.person_no");
    EXPECT_EQ(read->at(0).numbers.at(0).second, std::string("\0\xff", 2));
    EXPECT_EQ(read->at(0).digests_by, "key");
    EXPECT_EQ(read->at(1).at, base::Timestamp(std::chrono::seconds(1)));
}

TEST(ErasureJournal, WithoutAFileIsEmpty) {
    const test::TempDir folder;
    EXPECT_THAT(*read_journal(folder.path()), SizeIs(0));
}

TEST(ErasureJournal, IsForTheOwnerAlone) {
    const test::TempDir folder;
    append_journal(folder.path(), entry("a"));
    EXPECT_EQ(std::filesystem::status(folder.path() / kJournalFile).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(ErasureJournal, ALineThatWasCutOffIsNoEntryAndTheNextOneIs) {
    const test::TempDir folder;
    append_journal(folder.path(), entry("a"));
    std::ofstream(folder.path() / kJournalFile, std::ios::app) << "\n{\"at\":1,\"numb";
    append_journal(folder.path(), entry("b"));

    const auto read = read_journal(folder.path());

    ASSERT_TRUE(read) << read.fault().what;
    EXPECT_THAT(*read, SizeIs(2));
}

TEST(ErasureJournal, ALineThatWasChangedIsAFaultWithItsNumber) {
    const test::TempDir folder;
    append_journal(folder.path(), entry("a"));
    std::string text = test::read_file((folder.path() / kJournalFile).string());
    text.replace(text.find("person_no"), 9, "person_nO");
    std::ofstream(folder.path() / kJournalFile) << text;

    const auto read = read_journal(folder.path());

    ASSERT_FALSE(read);
    EXPECT_THAT(read.fault().where, HasSubstr("erased.jsonl:2"));
}

TEST(ErasureJournal, AFileThatCannotBeReadIsNotAnEmptyOne) {
    const test::TempDir folder;
    std::filesystem::create_directory_symlink(folder.path() / kJournalFile,
                                              folder.path() / kJournalFile);
    EXPECT_FALSE(read_journal(folder.path()));
}

TEST(ErasureJournal, AFolderThatIsNotThereStopsTheErasure) {
    const test::TempDir folder;
    EXPECT_THROW(append_journal(folder.path() / "none", entry("a")), base::SystemError);
}

}  // namespace
}  // namespace hrbridge::people
