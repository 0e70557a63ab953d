#include "migration/ledger/key_file.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::ledger {
namespace {

using base::Secret;

const PrivateKey kKey = PrivateKey::from_seed(Secret(std::string(32, 's')));

TEST(KeyFile, WithoutAPassphraseIsReadAsItWasWritten) {
    const Secret pem = KeyFile::write(kKey, Secret());
    EXPECT_FALSE(KeyFile::is_encrypted(pem));
    const auto read = KeyFile::read(pem, Secret());
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->public_key(), kKey.public_key());
}

TEST(KeyFile, WithAPassphraseOpensByThatOneOnly) {
    const Secret pem = KeyFile::write(kKey, Secret("密码 and more"));
    EXPECT_TRUE(KeyFile::is_encrypted(pem));
    const auto read = KeyFile::read(pem, Secret("密码 and more"));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->public_key(), kKey.public_key());
    for (const char* const wrong : {"", "密码", "密码 and more "}) {
        const auto refused = KeyFile::read(pem, Secret(wrong));
        ASSERT_FALSE(refused.ok()) << wrong;
        EXPECT_EQ(refused.fault().what, "key_file_passphrase");
    }
}

TEST(KeyFile, TwiceOfOneKeyAndPassphraseHasNothingInCommon) {
    EXPECT_NE(KeyFile::write(kKey, Secret("p")).reveal(),
              KeyFile::write(kKey, Secret("p")).reveal());
}

TEST(KeyFile, IsOpenedByOpenssl) {
    const test::TempDir folder;
    const std::string file = folder.file("key.pem");
    std::ofstream(file) << KeyFile::write(kKey, Secret("p w")).reveal();
    std::ofstream(folder.file("pass")) << "p w\n";
    test::ProcessOptions options;
    options.argv = {"openssl", "pkey", "-in", file, "-passin", "file:" + folder.file("pass")};
    const test::Finished opened = test::run(options);
    EXPECT_EQ(opened.code, 0);
    EXPECT_EQ(opened.output, KeyFile::write(kKey, Secret()).reveal());
}

TEST(KeyFile, SaysWhatIsNoKeyAndWhatIsAnotherKind) {
    EXPECT_EQ(KeyFile::read(Secret("no pem"), Secret()).fault().what, "key_file_none");
    EXPECT_EQ(KeyFile::read(Secret(), Secret("x")).fault().what, "key_file_none");
    test::ProcessOptions options;
    options.argv = {"openssl", "genpkey", "-algorithm", "x25519"};
    const test::Finished made = test::run(options);
    ASSERT_EQ(made.code, 0);
    EXPECT_EQ(KeyFile::read(Secret(made.output), Secret()).fault().what, "key_file_kind");
}

}  // namespace
}  // namespace hrbridge::ledger
