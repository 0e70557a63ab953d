#include "daemon/app/demo/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.h"

namespace hrbridge::app::demo {
namespace {

unsigned mode_of(const std::string& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return status.st_mode & 07777U;
}

TEST(DemoFiles, WithASecretAreForThisUserAloneEvenWhereAnEarlierOneWasNot) {
    const test::TempDir folder;
    const std::string file = folder.file("deep/demo.json");

    write_file(file, "open", Readers::Everybody);
    EXPECT_EQ(mode_of(file), 0644U);
    write_file(file, "secret", Readers::ThisUser);

    EXPECT_EQ(mode_of(file), 0600U);
    EXPECT_EQ(test::read_file(file), "secret");
}

}  // namespace
}  // namespace hrbridge::app::demo
