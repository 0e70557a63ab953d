#include "connectors/file/csv_parser.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/file/connector.h"
#include "connectors/file/dataset.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::file {
namespace {

// All records of a text that arrives in pieces of `piece` bytes.
std::vector<CsvRecord> parse(const std::string& text, std::size_t piece) {
    CsvParser parser;
    parser.start(0, 1);
    std::vector<CsvRecord> records;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        std::string_view bytes = std::string_view(text).substr(at, piece);
        while (!bytes.empty()) {
            CsvRecord record;
            bool done = false;
            bytes.remove_prefix(parser.feed(bytes, record, done));
            if (done) {
                records.push_back(record);
            }
        }
    }
    CsvRecord last;
    if (parser.finish(last)) {
        records.push_back(last);
    }
    return records;
}

std::vector<std::string> texts(const CsvRecord& record) {
    std::vector<std::string> out;
    for (const CsvField& field : record.fields) {
        out.push_back(field.bytes);
    }
    return out;
}

TEST(CsvParser, ReadsQuotedSeparatorsLineEndsAndDoubledQuotesInAnyPieces) {
    const std::string text = "a,\"b,1\",\"c\r\n2\",\"d\"\"3\"\"\"\r\ne,f,g,h";
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 100U}) {
        const auto records = parse(text, piece);

        ASSERT_EQ(records.size(), 2U) << piece;
        EXPECT_EQ(texts(records[0]), (std::vector<std::string>{"a", "b,1", "c\r\n2", "d\"3\""}))
            << piece;
        EXPECT_EQ(texts(records[1]), (std::vector<std::string>{"e", "f", "g", "h"})) << piece;
        EXPECT_EQ(records[1].line, 3U) << piece;
        EXPECT_EQ(records[1].end, text.size()) << piece;
    }
}

TEST(CsvParser, TellsAnEmptyFieldFromAnEmptyText) {
    const auto records = parse(",\"\"\n", 100);

    ASSERT_EQ(records.size(), 1U);
    EXPECT_FALSE(records[0].fields[0].quoted);
    EXPECT_TRUE(records[0].fields[1].quoted);
}

TEST(CsvParser, KeepsARecordThatCannotBeTakenApart) {
    const auto records = parse("a,b\"c\nd,e\n", 100);

    ASSERT_EQ(records.size(), 2U);
    EXPECT_FALSE(records[0].problem.empty());
    EXPECT_EQ(records[0].raw, "a,b\"c");
    EXPECT_TRUE(records[1].problem.empty());
}

TEST(CsvParser, SaysThatTheFileEndsInsideQuotes) {
    const auto records = parse("a,\"b\nc,d\n", 100);

    ASSERT_EQ(records.size(), 1U);
    EXPECT_NE(records[0].problem.find("inside quotes"), std::string::npos);
}

TEST(CsvParser, GbkBytesAreNeverSeparatorsOrQuotes) {
    const auto records = parse("\x95\x5c\xd5\xc5,\x81\x40\n", 100);

    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(texts(records[0]), (std::vector<std::string>{"\x95\x5c\xd5\xc5", "\x81\x40"}));
}

class CsvSource : public testing::Test {
  protected:
    std::vector<std::string> read_all(const std::string& after,
                                      std::size_t block_rows,
                                      std::vector<std::string>* positions = nullptr) {
        FileConnector connector({"t", folder_.path().string(), 0, 1 << 30}, clock_);
        const auto dataset = base::parse_yaml(
            "conn: t\nread_as: {charset: gbk}\nfiles: '*.csv'\nkey: [no]\ncolumns: {no: text, "
            "名称: text}\n",
            "m.yaml");
        connectors::ReadRequest request;
        request.dataset = &dataset.value();
        request.key = {"no"};
        request.after = after;
        request.block_rows = block_rows;
        const auto source = connector.open(request);
        std::vector<std::string> rows;
        base::RawBlock block;
        while (source->read(block, {})) {
            for (std::size_t i = 0; i < block.rows; ++i) {
                rows.push_back(std::string(block.columns[0].cell(i)) + "|" +
                               std::string(block.columns[2].cell(i)));
            }
            if (positions != nullptr) {
                positions->push_back(block.position);
            }
        }
        return rows;
    }

    test::TempDir folder_;
    test::ManualClock clock_{
        base::Timestamp(std::chrono::sys_days(std::chrono::year(2100) / 1 / 1))};
};

TEST_F(CsvSource, ReadsFilesByNameAndFindsColumnsByTheirHeaderInTheFilesCharset) {
    const std::string name = encode("名称", "gbk");
    folder_.write("b.csv", name + ",no\nx,3\n");
    folder_.write("a.csv", "no," + name + "\n1,x\n2,y\n");
    folder_.write("notes.txt", "no");

    EXPECT_EQ(read_all("", 100), (std::vector<std::string>{"1|", "2|", "3|"}));
}

TEST_F(CsvSource, GoesOnBehindEveryPosition) {
    const std::string name = encode("名称", "gbk");
    folder_.write("a.csv", "no," + name + "\n1,\"a\nb\"\n2,y\n3,z\n");
    folder_.write("b.csv", "no," + name + "\n4,y\n5,z\n");
    std::vector<std::string> positions;
    const auto all = read_all("", 1, &positions);
    ASSERT_EQ(all.size(), 5U);

    for (std::size_t i = 0; i < positions.size(); ++i) {
        const std::vector<std::string> rest(all.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                            all.end());
        EXPECT_EQ(read_all(positions[i], 2), rest) << positions[i];
    }
}

TEST_F(CsvSource, ARecordWithTooManyFieldsIsDeliveredAsMalformed) {
    folder_.write("a.csv", "no," + encode("名称", "gbk") + "\n1,a,extra\n2,b\n");
    const auto rows = read_all("", 100);

    ASSERT_EQ(rows.size(), 2U);
    EXPECT_NE(rows[0].find("a.csv:2"), std::string::npos) << rows[0];
    EXPECT_EQ(rows[1], "2|");
}

TEST_F(CsvSource, AFileChangedWhileItIsReadStopsTheReading) {
    folder_.write("a.csv", "no," + encode("名称", "gbk") + "\n1,a\n2,b\n");
    std::vector<std::string> positions;
    read_all("", 1, &positions);
    folder_.write("a.csv", "no," + encode("名称", "gbk") + "\n1,a\n2,b\n3,c\n");

    EXPECT_THROW(read_all(positions.front(), 1), base::ConnectorError);
}

}  // namespace
}  // namespace hrbridge::file
