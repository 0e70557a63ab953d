#include "migration/spot_check/workbook.h"

#include <filesystem>

#include <gmock/gmock.h>

#include "tests/support/temp_dir.h"

namespace hrbridge::spot_check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SheetRow row(std::int64_t place, bool critical) {
    SheetRow out;
    out.place = place;
    out.content.entity = "person";
    out.content.key = out.content.shown_key = "E000" + std::to_string(place);
    out.content.fields = {
        {"person_no", base::Kind::Text, out.content.key, false, false, true, {"no"}},
        {"name", base::Kind::Text, "张三", true, false, false, {"name"}},
        {"hired", base::Kind::Date, std::nullopt, false, critical, false, {"hired"}}};
    out.content.source = {{"no", out.content.key},
                          {"name", " 张三 ", true},
                          {"hired", std::nullopt},
                          {"more", "x", true}};
    return out;
}

// What comes back, filled in: cells of the workbook by line and column.
class AWorkbook : public testing::Test {
  protected:
    AWorkbook() { use(false); }

    void use(bool revealed) {
        lines_ = lines_of(rows_, revealed);
        const auto written =
            write_workbook(folder_.file(revealed ? "r.xlsx" : "m.xlsx"), "zh", 3, rows_, revealed);
        EXPECT_TRUE(written);
        read_.clear();
        read_.push_back({1, {"hrbridge spot check 1", "3", *written}});
        read_.push_back({2, {"行号"}});
        for (const SheetLine& line : lines_) {
            read_.push_back({read_.size() + 1, line.cells});
            read_.back().cells.resize(10);
        }
    }
    void fill(std::size_t line, const std::string& verdict, const std::string& second = "") {
        read_.at(line - 1).cells.at(7) = verdict;
        read_.at(line - 1).cells.at(9) = second;
    }
    void mark(std::size_t line) { read_.at(line - 1).cells.at(8) = "x"; }
    std::vector<std::string> faults() {
        std::vector<std::string> out;
        for (const base::Fault& fault : read_back(read_, 3, rows_).faults) {
            out.push_back(fault.where + ": " + fault.what);
        }
        return out;
    }

    test::TempDir folder_;
    std::vector<SheetRow> rows_{row(1, false), row(2, true)};
    std::vector<SheetLine> lines_;
    std::vector<ReadLine> read_;
};

TEST_F(AWorkbook, HasALineForEachFieldAndMasksWhatIsPersonal) {
    ASSERT_EQ(lines_.size(), 8U);
    EXPECT_THAT(lines_[1].cells,
                ElementsAre("1", "person", "E0001", "name", "name", " ** ", "张*"));
    EXPECT_THAT(lines_[2].cells, ElementsAre("1", "person", "E0001", "hired", "hired", "∅", "∅"));
    EXPECT_THAT(lines_[3].cells, ElementsAre("1", "person", "E0001", "", "more", "*", ""));
    EXPECT_TRUE(lines_[0].first);
    EXPECT_FALSE(lines_[0].second);
    EXPECT_TRUE(lines_[4].second);
    use(true);
    EXPECT_EQ(lines_[1].cells[6], "张三");
}

TEST_F(AWorkbook, IsReadByItsUserAloneAndOverwritesNothing) {
    const auto mode = std::filesystem::status(folder_.file("m.xlsx")).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_FALSE(write_workbook(folder_.file("m.xlsx"), "zh", 3, rows_, false));
    EXPECT_FALSE(write_workbook(folder_.file("no/such/folder.xlsx"), "zh", 3, rows_, false));
}

TEST_F(AWorkbook, GivesTheVerdictsInEitherLanguageOrByNumber) {
    fill(3, "正确");
    fill(7, " right ", "1");
    Returned back = read_back(read_, 3, rows_);
    EXPECT_THAT(faults(), IsEmpty());
    ASSERT_EQ(back.entries.size(), 2U);
    EXPECT_EQ(back.entries[0].verdict, RowVerdict::Right);
    EXPECT_EQ(back.entries[1].place, 2);
    fill(3, "有误");
    mark(4);
    mark(5);
    fill(7, "来源已变");
    back = read_back(read_, 3, rows_);
    ASSERT_EQ(back.entries.size(), 2U);
    EXPECT_THAT(back.entries[0].fields, ElementsAre("name", "hired"));
    EXPECT_EQ(back.entries[1].verdict, RowVerdict::SourceChanged);
}

TEST_F(AWorkbook, MayComeBackHalfDoneAndInAnotherOrder) {
    fill(3, "1");
    std::reverse(read_.begin() + 2, read_.end());
    const Returned back = read_back(read_, 3, rows_);
    EXPECT_THAT(faults(), IsEmpty());
    ASSERT_EQ(back.entries.size(), 1U);
    EXPECT_EQ(back.entries[0].place, 1);
}

TEST_F(AWorkbook, WithAlteredUnknownOrRepeatedRowsIsRefusedWithTheirNumbers) {
    read_[3].cells[6] = "李四";
    read_[4].cells[3] = "salary";
    read_.push_back({11, read_[2].cells});
    EXPECT_THAT(faults(),
                ElementsAre("row 4: what the sheet showed was altered here",
                            "row 5: the sheet has no such line",
                            "row 11: the line comes twice",
                            "row 3: lines of this row of the sheet are missing"));
}

TEST_F(AWorkbook, WithARowWhoseLinesWereDeletedIsRefused) {
    fill(3, "1");
    read_.erase(read_.begin() + 4);
    EXPECT_THAT(faults(), ElementsAre("row 3: lines of this row of the sheet are missing"));
}

TEST_F(AWorkbook, WantsAMarkedFieldWithWrongAndNoneWithout) {
    fill(3, "2");
    mark(8);
    EXPECT_THAT(faults(),
                ElementsAre("row 3: a wrong row needs at least one field marked with x",
                            "row 7: the verdict is none of those that the list offers"));
    fill(3, "1");
    fill(7, "1", "1");
    EXPECT_THAT(faults(),
                ElementsAre("row 7: a field is marked although the row is not called wrong"));
}

TEST_F(AWorkbook, WantsASecondEntryThatSaysTheSameForCriticalFields) {
    for (const char* second : {"", "2", "maybe"}) {
        fill(7, "1", second);
        EXPECT_THAT(faults(), ElementsAre(HasSubstr("row 7: the second entry")));
    }
}

TEST_F(AWorkbook, OfAnotherDrawOrAnEarlierSheetIsRefusedWhole) {
    fill(3, "1");
    EXPECT_FALSE(read_back(read_, 4, rows_).faults.empty());
    EXPECT_FALSE(read_back({}, 3, rows_).faults.empty());
    rows_.push_back(row(3, false));
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("row 1: the sheet was enlarged")));
    EXPECT_THAT(read_back(read_, 3, rows_).entries, IsEmpty());
}

}  // namespace
}  // namespace hrbridge::spot_check
