#include <string>

#include <gtest/gtest.h>

#include "mappings/engine/mapper.h"
#include "mappings/engine/mapping.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::engine {
namespace {

// The ```yaml block of the README.
std::string example() {
    const std::string text = test::read_file(HRBRIDGE_SOURCE_DIR "/mappings/README.md");
    const std::size_t begin = text.find("```yaml\n") + 8;
    return text.substr(begin, text.find("```", begin) - begin);
}

TEST(MappingReadme, ItsExampleLoadsAndItsFixturesHold) {
    const LoadedMapping loaded = parse_mapping(example(), "README.md");

    ASSERT_TRUE(loaded.mapping) << loaded.faults.front().where << ": "
                                << loaded.faults.front().what;
    const base::Faults faults =
        run_fixtures(*loaded.mapping, base::Date{std::chrono::year{2026} / 7 / 1});
    EXPECT_TRUE(faults.empty()) << faults.front().where << ": " << faults.front().what;
}

}  // namespace
}  // namespace hrbridge::engine
