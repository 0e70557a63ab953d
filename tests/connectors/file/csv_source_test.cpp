#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "connectors/file/connector.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Bytes of 名称 in GBK.
constexpr const char* kNameGbk = "\xC3\xFB\xB3\xC6";

class CsvSourceTest : public testing::Test {
  protected:
    struct Reading {
        std::vector<std::string> columns;
        std::vector<std::string> rows;    // "no|name|malformed", NULL as ~, absent as -
        std::vector<std::string> places;  // of each row
        std::vector<std::string> positions;
        std::vector<std::string> parts;
        std::string memory;
    };

    static std::string shown(const base::RawColumn& column, std::size_t row) {
        return column.is_absent(row) ? "-"
               : column.is_null(row) ? "~"
                                     : std::string(column.cell(row));
    }

    std::unique_ptr<connectors::Source> open(const std::string& after = {},
                                             std::size_t block_rows = 100,
                                             const std::string& memory = {}) {
        connector_.emplace(options_, clock_, &log_);
        const auto parsed = base::parse_yaml(
            "conn: t\nfiles: '*.csv'\nkey: [no]\ncolumns: {no: text, 名称: text}\n" + lines_,
            "m.yaml");
        dataset_ = parsed.value();
        EXPECT_EQ(connector_->validate(dataset_), base::Faults());
        connectors::ReadRequest request;
        request.dataset = &dataset_;
        request.after = after;
        request.block_rows = block_rows;
        request.memory = memory;
        return connector_->open(request);
    }

    Reading read(const std::string& after = {},
                 std::size_t block_rows = 100,
                 const std::string& memory = {}) {
        const auto source = open(after, block_rows, memory);
        Reading reading;
        for (const base::DescribedColumn& column : source->columns()) {
            reading.columns.push_back(column.name);
        }
        base::RawBlock block;
        while (source->read(block, {})) {
            for (std::size_t row = 0; row < block.rows; ++row) {
                std::string text;
                for (std::size_t i = 0; i < block.columns.size(); ++i) {
                    if (reading.columns[i] == base::kPlaceColumn) {
                        reading.places.push_back(shown(block.columns[i], row));
                        continue;
                    }
                    text += (text.empty() ? "" : "|") + shown(block.columns[i], row);
                }
                reading.rows.push_back(text);
            }
            reading.positions.push_back(block.position);
        }
        reading.memory = source->memory();
        reading.parts = source->parts_read();
        return reading;
    }

    std::string error_of(const std::string& after = {}) {
        try {
            read(after);
        } catch (const base::ConnectorError& error) {
            EXPECT_EQ(error.remedy(), base::Remedy::Stop);
            return error.what();
        }
        return "(no error)";
    }

    void expect_every_position_resumes() {
        const Reading whole = read("", 1);
        ASSERT_EQ(whole.positions.size(), whole.rows.size());
        for (std::size_t i = 0; i < whole.positions.size(); ++i) {
            const std::vector<std::string> rest(
                whole.rows.begin() + static_cast<std::ptrdiff_t>(i) + 1, whole.rows.end());
            EXPECT_EQ(read(whole.positions[i], 2).rows, rest) << whole.positions[i];
        }
    }

    test::TempDir folder_;
    test::ManualClock clock_{
        base::Timestamp(std::chrono::sys_days(std::chrono::year(2100) / 1 / 1))};
    Options options_{"t", folder_.path().string(), 0, 1 << 30};
    test::MemoryLog log_;
    std::string lines_;
    base::YamlNode dataset_;
    std::optional<FileConnector> connector_;
};

TEST_F(CsvSourceTest, FilesComeInTheOrderOfTheirNamesAndOthersStayUnread) {
    folder_.write("b.csv", "no,名称\n3,c\n");
    folder_.write("a.csv", "no,名称\n1,a\n2,b\n");
    folder_.write("notes.txt", "no");
    folder_.write(".hidden.csv", "no,名称\n9,z\n");

    EXPECT_THAT(read().rows, ElementsAre("1|a|-", "2|b|-", "3|c|-"));
}

TEST_F(CsvSourceTest, EachRowSaysWhereItStood) {
    folder_.write("a:1.csv", "no,名称\n1,a\n\n2,\"b\nb\"\n3,c\n");

    EXPECT_THAT(read().places, ElementsAre("a:1.csv:2", "a:1.csv:4", "a:1.csv:6"));
}

TEST_F(CsvSourceTest, SaysWhichFilesTheReadingGaveWhole) {
    folder_.write("a.csv", "no,名称\n1,a\n");
    folder_.write("b.csv", "no,名称\n2,b\n3,c\n");
    const Reading whole = read("", 1);
    EXPECT_THAT(whole.parts, ElementsAre("a.csv", "b.csv"));
    EXPECT_THAT(read(whole.positions[1], 1).parts, ElementsAre("a.csv", "b.csv"))
        << "a reading taken up again has given the first file before";
    EXPECT_THAT(read("", 1, whole.memory).parts, IsEmpty());
    folder_.write("b.csv", "no,名称\n2,b\n3,c\n4,d\n");
    EXPECT_THAT(read("", 1, whole.memory).parts, ElementsAre("b.csv"));
}

TEST_F(CsvSourceTest, ColumnsAreFoundByTheHeaderInTheFilesCharset) {
    lines_ = "read_as: {charset: gbk}\n";
    folder_.write("a.csv", std::string(kNameGbk) + ",no\n" + kNameGbk + ",1\n");

    const Reading reading = read();

    EXPECT_THAT(reading.columns, ElementsAre("名称", "no", "#place", "#malformed"));
    EXPECT_THAT(reading.rows, ElementsAre(std::string(kNameGbk) + "|1|-"));
}

TEST_F(CsvSourceTest, NewAndMissingColumnsShowBeforeTheFirstRow) {
    folder_.write("a.csv", "no,shift\n1,night\n");
    folder_.write("b.csv", "plant,no\nX,2\n");

    const auto source = open();
    std::vector<std::string> names;
    for (const base::DescribedColumn& column : source->columns()) {
        names.push_back(column.name);
    }

    EXPECT_THAT(names, ElementsAre("no", "shift", "plant", "#place", "#malformed"));
    EXPECT_THAT(read().rows, ElementsAre("1|night|-|-", "2|-|X|-"));
}

TEST_F(CsvSourceTest, AFileThatLacksAColumnWhichOthersHaveIsRefusedBeforeTheFirstRow) {
    folder_.write("a.csv", "no,名称\n1,a\n");
    folder_.write("b.csv", "no,name\n1,b\n");
    folder_.write("c.csv", "no,名称\n1,c\n");

    try {
        open();
        ADD_FAILURE() << "opened";
    } catch (const base::ConnectorError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Stop);
        EXPECT_THAT(error.what(), HasSubstr("file 'b.csv' has no column 名称"));
    }
}

TEST_F(CsvSourceTest, WithoutAHeaderTheContractsColumnsStandInOrder) {
    lines_ = "header: false\nseparator: ';'\n";
    folder_.write("a.csv", "1;a\n2;\"b;c\"\n");

    EXPECT_THAT(read().rows, ElementsAre("1|a|-", "2|b;c|-"));
}

TEST_F(CsvSourceTest, AnEmptyFieldIsNullAndAQuotedOneIsEmptyText) {
    folder_.write("a.csv", "\xEF\xBB\xBFno,名称\r\n1,\r\n2,\"\"\r\n\r\n,x");

    EXPECT_THAT(read().rows, ElementsAre("1|~|-", "2||-", "~|x|-"));
}

TEST_F(CsvSourceTest, ReadingGoesOnBehindEveryRow) {
    folder_.write("a.csv", "no,名称\r\n1,\"a\r\nb\"\r\n2,y\r\n\r\n3,z");
    folder_.write("b.csv", "no,名称\n");
    folder_.write("c.csv", "no,名称\n4,y\nbroken\n5,\"open\n6,x\n7,\"y\" z\n8,a\n");

    EXPECT_THAT(read().rows, SizeIs(9));
    expect_every_position_resumes();
}

TEST_F(CsvSourceTest, ARecordWithAWrongNumberOfFieldsIsHandedOverWhole) {
    folder_.write("a.csv", "no,名称\n1,a,\"ex\ntra\"\n2\n3,b\n");

    EXPECT_THAT(read().rows,
                ElementsAre("-|-|a.csv:2: the record has 3 fields, not 2\n1,a,\"ex\ntra\"",
                            "-|-|a.csv:4: the record has 1 fields, not 2\n2",
                            "3|b|-"));
}

// 5's missing quote hides 6 and 7. Each of their lines is a reject: their number tells how much is
// lost, and no line that stood inside quotes is taken for a row.
TEST_F(CsvSourceTest, EachLineOfARecordWhoseQuotesDoNotMatchIsHandedOver) {
    folder_.write("a.csv", "no,名称\n4,x\n5,\"open\n6,y\n7,\"z\" z\n8,a\n");

    const auto rows = read().rows;

    ASSERT_THAT(rows, SizeIs(5));
    EXPECT_THAT(rows[1], testing::StartsWith("-|-|a.csv:3: "));
    EXPECT_THAT(rows[1], testing::EndsWith("\n5,\"open"));
    EXPECT_THAT(rows[2], testing::EndsWith("\n6,y"));
    EXPECT_THAT(rows[3], testing::StartsWith("-|-|a.csv:5: "));
    EXPECT_EQ(rows[4], "8|a|-");
}

TEST_F(CsvSourceTest, AQuoteThatIsNeverClosedHandsOverTheRestLineByLine) {
    folder_.write("a.csv", "no,名称\n1,\"a\n2,b\n3,c\n");
    folder_.write("b.csv", "no,名称\n4,d\n");

    const auto rows = read().rows;

    ASSERT_THAT(rows, SizeIs(4));
    EXPECT_THAT(rows[2], testing::EndsWith("\n3,c"));
    EXPECT_EQ(rows[3], "4|d|-");
}

TEST_F(CsvSourceTest, AFileThatChangedSinceTheCheckpointIsAnErrorThatSaysWhatToDo) {
    folder_.write("a.csv", "no,名称\n1,a\n2,b\n");
    const auto positions = read("", 1).positions;
    folder_.write("a.csv", "no,名称\n1,a\n2,b\n3,c\n");
    EXPECT_THAT(error_of(positions.front()), HasSubstr("--full"));

    std::filesystem::remove(folder_.path() / "a.csv");
    EXPECT_THAT(error_of(positions.front()), HasSubstr("a.csv"));
    EXPECT_THAT(error_of("12"), HasSubstr("not of this connector"));
}

TEST_F(CsvSourceTest, FilesThatWereReadAreNotReadAgain) {
    folder_.write("a.csv", "no,名称\n1,old\n");
    folder_.write("b.csv", "no,名称\n1,new\n");
    const std::string memory = read().memory;
    EXPECT_THAT(read("", 100, memory).rows, IsEmpty());

    folder_.write("c.csv", "no,名称\n2,c\n");
    const Reading third = read("", 100, memory);
    EXPECT_THAT(third.rows, ElementsAre("2|c|-"));

    std::filesystem::remove(folder_.path() / "a.csv");
    EXPECT_THAT(read("", 100, third.memory).rows, IsEmpty());
}

TEST_F(CsvSourceTest, AChangedFileIsReadAgainAndAllBehindItSoThatTheLastOfAKeyCounts) {
    folder_.write("a.csv", "no,名称\n1,a\n");
    folder_.write("b.csv", "no,名称\n1,b\n");
    folder_.write("c.csv", "no,名称\n1,c\n");
    const std::string memory = read().memory;
    folder_.write("b.csv", "no,名称\n1,corrected\n");

    EXPECT_THAT(read("", 100, memory).rows, ElementsAre("1|corrected|-", "1|c|-"));
}

TEST_F(CsvSourceTest, AFileThatComesBeforeTheOneUnderWayIsNotTakenForRead) {
    folder_.write("b.csv", "no,名称\n1,b\n2,b\n");
    const Reading whole = read("", 1);
    folder_.write("a.csv", "no,名称\n1,a\n");

    for (const std::string& position : whole.positions) {
        EXPECT_THAT(read(position, 1).rows, ElementsAre("1|a|-", "1|b|-", "2|b|-")) << position;
    }
}

TEST_F(CsvSourceTest, AFileThatGrowsWhileItIsReadIsAnError) {
    folder_.write("a.csv", "no,名称\n1,a\n2,b\n");
    const auto source = open("", 1);
    base::RawBlock block;
    ASSERT_TRUE(source->read(block, {}));
    std::ofstream(folder_.path() / "a.csv", std::ios::app) << "3,c\n";

    EXPECT_THROW(source->read(block, {}), base::ConnectorError);
}

TEST_F(CsvSourceTest, AFileIsReadWhenItHasBeenLeftAloneLongEnough) {
    options_.stable_ms = 5000;
    folder_.write("a.csv", "no,名称\n1,a\n");
    const auto modified =
        std::filesystem::last_write_time(folder_.path() / "a.csv").time_since_epoch();
    const auto since_1970 =
        std::chrono::file_clock::to_sys(std::chrono::file_clock::time_point(modified));
    const auto written = std::chrono::floor<std::chrono::microseconds>(since_1970);

    clock_.step_to(written + std::chrono::seconds(4));
    EXPECT_THAT(read().rows, IsEmpty());
    clock_.step_to(written + std::chrono::seconds(6));
    EXPECT_THAT(read().rows, SizeIs(1));
}

TEST_F(CsvSourceTest, LinksAreNotFollowed) {
    const test::TempDir elsewhere;
    elsewhere.write("secret.csv", "no,名称\n1,a\n");
    std::filesystem::create_symlink(elsewhere.path() / "secret.csv", folder_.path() / "a.csv");

    EXPECT_THAT(read().rows, IsEmpty());
}

TEST_F(CsvSourceTest, AnEmptyFileHasNoRowsAndTheOthersAreReadWithAWarning) {
    folder_.write("a.csv", "");
    folder_.write("b.csv", "no,名称\n1,a\n");
    folder_.write("c.csv", "\xEF\xBB\xBF");

    const Reading whole = read("", 1);

    EXPECT_THAT(whole.rows, ElementsAre("1|a|-"));
    EXPECT_THAT(whole.parts, ElementsAre("a.csv", "b.csv", "c.csv"));
    EXPECT_THAT(log_.lines(),
                ElementsAre("warning file 'a.csv' is empty: nothing is read from it source=t",
                            "warning file 'c.csv' is empty: nothing is read from it source=t"));
    EXPECT_THAT(read("", 1, whole.memory).rows, IsEmpty());
    EXPECT_THAT(log_.lines(), SizeIs(2)) << "warned again of what was read";
    expect_every_position_resumes();
}

TEST_F(CsvSourceTest, Utf16IsRefusedWithAndWithoutItsMark) {
    folder_.write("a.csv", std::string("\xFF\xFEn\0o\0", 6));
    EXPECT_THAT(error_of(), HasSubstr("UTF-16"));
    folder_.write("a.csv", std::string("n\0o\0,\0", 6));
    EXPECT_THAT(error_of(), HasSubstr("UTF-16"));
}

TEST_F(CsvSourceTest, ErrorsNameTheFileInQuotesThatNoNameCanEnd) {
    folder_.write("b'c.csv", std::string("\xFF\xFEn\0o\0", 6));
    EXPECT_THAT(error_of(), HasSubstr("file 'b?c.csv' is UTF-16"));
}

TEST_F(CsvSourceTest, HeadersThatCannotBeTrustedAreRefused) {
    folder_.write("a.csv", "no,名称,no\n1,a,2\n");
    EXPECT_THAT(error_of(), HasSubstr("name 3"));
    folder_.write("a.csv", "no,,x\n1,a,2\n");
    EXPECT_THAT(error_of(), HasSubstr("name 2"));
    folder_.write("a.csv", std::string("no,") + kNameGbk + "\n");
    EXPECT_THAT(error_of(), HasSubstr("not utf-8"));
}

TEST_F(CsvSourceTest, AFileLargerThanAllowedIsRefused) {
    options_.max_file_bytes = 10;
    folder_.write("a.csv", "no,名称\n1,a\n");

    EXPECT_THAT(error_of(), HasSubstr("max_file_bytes"));
}

TEST_F(CsvSourceTest, AMissingFolderFailsTheCheck) {
    options_.folder = (folder_.path() / "gone").string();
    FileConnector connector(options_, clock_);

    EXPECT_THROW(connector.check(), base::ConnectorError);
}

class FileDataset : public testing::TestWithParam<const char*> {};

TEST_P(FileDataset, ABrokenOneIsRefused) {
    test::ManualClock clock;
    const FileConnector connector({"t", "/nowhere", 0, 1}, clock);
    const auto node = base::parse_yaml(
        std::string("conn: t\nkey: [no]\ncolumns: {no: text}\n") + GetParam(), "m.yaml");

    EXPECT_THAT(connector.validate(node.value()), SizeIs(1)) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(All,
                         FileDataset,
                         testing::Values("header: true\n",
                                         "files: '../*.csv'\n",
                                         "files: 'a/*.csv'\n",
                                         "files: '*.csv'\nseparator: '|'\n",
                                         "files: '*.csv'\nseparator: '5'\n",
                                         "files: '*.csv'\nseparator: '\"'\n",
                                         "files: '*.csv'\nquote: ab\n",
                                         "files: '*.csv'\nheader: maybe\n",
                                         "files: '*.csv'\nseperator: ';'\n"),
                         [](const auto& test) { return std::to_string(test.index); });

}  // namespace
}  // namespace hrbridge::file
