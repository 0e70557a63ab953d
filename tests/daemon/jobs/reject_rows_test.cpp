#include "daemon/jobs/reject_rows.h"

#include <gtest/gtest.h>

namespace hrbridge::jobs {
namespace {

engine::FieldRule field(const std::string& target, const std::string& from, const char* pii) {
    engine::FieldRule out;
    out.target = target;
    out.from = from;
    out.pii = pii;
    return out;
}

// One row of GBK text: 修 is D0 DE there.
class RejectRowsTest : public testing::Test {
  protected:
    RejectRowsTest() {
        mapping_.read_as.charset = "gbk";
        mapping_.key = {"no", "given"};
        mapping_.fields = {field("no", "NO", ""), field("name", "family", "name")};
        mapping_.fields[1].steps = {{"concat", {"", "given"}}};
        for (const char* name : {"no", "family", "given", "other"}) {
            columns_.push_back({name, "text", 0, 0, true});
            block_.columns.emplace_back();
        }
        block_.rows = 1;
        put(0, "A17");
        put(1, "\xD0\xDE\xD0\xDE\xD0\xDE");
        put(2, "\xD0\xDE\xD0\xDE\xD0\xDE\xD0\xDE");
        put(3, "\xD0\xDE\xD0\xDE\xD0\xDE");
    }
    void put(std::size_t column, std::string_view bytes) {
        block_.columns[column].clear();
        block_.columns[column].append(bytes);
    }
    RejectRows rows() const { return {mapping_, columns_}; }

    engine::Mapping mapping_;
    std::vector<base::DescribedColumn> columns_;
    base::RawBlock block_;
};

using Cells = std::vector<std::string>;

TEST_F(RejectRowsTest, DecodeTheCharsetAndMaskWhatAPersonalFieldOrNoFieldReads) {
    EXPECT_EQ(rows().cells_of(block_, 0), (Cells{"A17", "修*修", "修**修", "修*修"}));
    EXPECT_EQ(rows().cells_of(block_, 0, RejectRows::Unread::Shown),
              (Cells{"A17", "修*修", "修**修", "修修修"}));
}

TEST_F(RejectRowsTest, MaskNumbersOfPersonsAlsoWhereUnreadColumnsAreShown) {
    const auto shown = [&](std::string_view cell) {
        put(3, cell);
        return rows().cells_of(block_, 0, RejectRows::Unread::Shown)[3];
    };
    for (const std::string number : {"11010119900307663X",
                                     "110101900307663",
                                     "13812345678",
                                     "+86 138-1234-5678",
                                     "6222 0212 3456 7890 123"}) {
        EXPECT_NE(shown(number), number);
        EXPECT_EQ(shown(number).find("12345"), std::string::npos) << number;
        EXPECT_EQ(shown(number).find("900307"), std::string::npos) << number;
    }
    for (const std::string harmless : {"2024-05-06", "1234567890", "2024-05-06 07:08:09", "A17"}) {
        EXPECT_EQ(shown(harmless), harmless);
    }
}

TEST_F(RejectRowsTest, ShowTheKeyAndTheColumnOfTheWindowWithoutAField) {
    mapping_.fields.clear();
    mapping_.sync.window_by = "OTHER";

    EXPECT_EQ(rows().cells_of(block_, 0), (Cells{"A17", "修*修", "修修修修", "修修修"}));
}

TEST_F(RejectRowsTest, GiveHexOnlyForWhatTheCharsetDoesNotDefineAndIsNotPersonal) {
    put(0, "\xFF\xFF");
    put(1, "\xFF\xFF");
    block_.columns[2].clear();
    block_.columns[2].append_null();

    EXPECT_EQ(rows().cells_of(block_, 0), (Cells{"0xffff", "***", "NULL", "修*修"}));
}

TEST_F(RejectRowsTest, MaskAKeyThatAStepOfAPersonalFieldReads) {
    EXPECT_EQ(rows().key_of(block_, 0), "A17/修**修");
}

}  // namespace
}  // namespace hrbridge::jobs
