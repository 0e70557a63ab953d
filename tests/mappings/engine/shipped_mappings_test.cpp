#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mappings/engine/mapper.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::engine {
namespace {

std::vector<std::string> shipped() {
    std::vector<std::string> files;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(HRBRIDGE_SOURCE_DIR "/mappings")) {
        if (entry.path().string().ends_with(".map.yaml")) {
            files.push_back(entry.path().string());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string all(const base::Faults& faults) {
    std::string text;
    for (const base::Fault& fault : faults) {
        text += fault.where + ": " + fault.what + "\n";
    }
    return text;
}

class ShippedMapping : public testing::TestWithParam<std::string> {};

TEST_P(ShippedMapping, LoadsAndItsFixturesHold) {
    const LoadedMapping loaded = load_mapping(GetParam());
    ASSERT_EQ(all(loaded.faults), "");

    EXPECT_FALSE(loaded.mapping->fixtures.empty());
    const base::Date today{std::chrono::year{2026} / 7 / 1};
    EXPECT_EQ(all(run_fixtures(*loaded.mapping, today)), "");
}

INSTANTIATE_TEST_SUITE_P(All, ShippedMapping, testing::ValuesIn(shipped()), [](const auto& each) {
    const std::filesystem::path file(each.param);
    std::string name = file.parent_path().filename().string() + "_" + file.stem().stem().string();
    return name;
});

TEST(ShippedMappings, CoverErpMesAndTwoAttendanceSources) {
    EXPECT_GE(shipped().size(), 12U);
}

}  // namespace
}  // namespace hrbridge::engine
