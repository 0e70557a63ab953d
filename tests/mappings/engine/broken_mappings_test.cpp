#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/text.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::engine {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
    return fs::path(HRBRIDGE_SOURCE_DIR) / "tests/mappings/engine/broken";
}

std::string read(const fs::path& path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

// Each file begins with "# expect: <line or file:line>: words; words".
struct Expected {
    std::string place;
    std::vector<std::string> words;
};

Expected expectation(const std::string& text) {
    const std::string head = text.substr(std::string("# expect: ").size(), text.find('\n') - 10);
    const std::size_t colon = head.find(": ");
    Expected expected{head.substr(0, colon), {}};
    const std::string words = head.substr(colon + 1);
    for (const std::string_view word : base::split(words, ';')) {
        expected.words.emplace_back(base::trim(word));
    }
    return expected;
}

std::vector<std::string> files() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder())) {
        if (entry.path().extension() == ".yaml") {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string shown(const base::Faults& faults) {
    std::string out;
    for (const base::Fault& fault : faults) {
        out += fault.where + ": " + fault.what + "\n";
    }
    return out;
}

class BrokenMapping : public testing::TestWithParam<std::string> {};

TEST_P(BrokenMapping, NamesFileLineAndRemedy) {
    const fs::path path = folder() / (GetParam() + ".yaml");
    const Expected expected = expectation(read(path));
    const LoadedMapping loaded = load_mapping(path.string());

    EXPECT_FALSE(loaded.mapping.has_value());
    const std::string place = expected.place.find(':') == std::string::npos
                                  ? path.string() + ":" + expected.place
                                  : (folder() / expected.place).string();
    const bool found =
        std::any_of(loaded.faults.begin(), loaded.faults.end(), [&](const base::Fault& fault) {
            const std::string text = fault.where + ": " + fault.what;
            return (fault.where == place || fault.where.rfind(place + ":", 0) == 0) &&
                   std::all_of(expected.words.begin(), expected.words.end(), [&](const auto& word) {
                       return text.find(word) != std::string::npos;
                   });
        });
    EXPECT_TRUE(found) << "expected at " << place << "\n" << shown(loaded.faults);
}

INSTANTIATE_TEST_SUITE_P(All, BrokenMapping, testing::ValuesIn(files()), [](const auto& each) {
    return each.param;
});

TEST(BrokenMappings, DifferInOneThingFromAFileThatLoads) {
    const LoadedMapping loaded = load_mapping((folder() / "valid.base").string());
    EXPECT_TRUE(loaded.faults.empty()) << shown(loaded.faults);
    EXPECT_GE(files().size(), 40U);
}

TEST(BrokenMappings, AreReportedWithAllTheirFaultsAtOnce) {
    std::string text = read(folder() / "valid.base");
    for (const auto& [right, wrong] : {std::pair{"pii: high", "pii: hgh"},
                                       std::pair{"[trim, nfc]", "[trm, nfc]"},
                                       std::pair{"write: upsert", "write: upsrt"},
                                       std::pair{"by: cTime", "by: cTim"}}) {
        text.replace(text.find(right), std::string(right).size(), wrong);
    }
    EXPECT_EQ(parse_mapping(text, "all.map.yaml").faults.size(), 4U);
}

}  // namespace
}  // namespace hrbridge::engine
