#include "connectors/file/csv_parser.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

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
    std::string all;  // every two-byte character, in one quoted and one plain field
    for (int lead = 0x81; lead <= 0xFE; ++lead) {
        for (int trail = 0x40; trail <= 0xFE; ++trail) {
            if (trail != 0x7F) {
                all += static_cast<char>(lead);
                all += static_cast<char>(trail);
            }
        }
    }
    const auto records = parse(all + ",\"" + all + "\"\n", 1000);

    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(texts(records[0]), (std::vector<std::string>{all, all}));
}

TEST(CsvParser, ACarriageReturnEndsALineOnlyBeforeALineFeed) {
    const auto records = parse("a\rb,c\r\n\"d\r\",e\n", 1);

    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(texts(records[0]), (std::vector<std::string>{"a\rb", "c"}));
    EXPECT_EQ(texts(records[1]), (std::vector<std::string>{"d\r", "e"}));
}

TEST(CsvParser, TextBehindAClosingQuoteIsAProblem) {
    for (const std::string text : {"\"a\"b,c\n", "\"a\"\rb\n", "\"a\"\r,c\n", "\"a\" ,c\n"}) {
        const auto records = parse(text + "x,y\n", 1);

        ASSERT_EQ(records.size(), 2U) << text;
        EXPECT_NE(records[0].problem.find("closing quote"), std::string::npos) << text;
        EXPECT_EQ(records[0].raw + "\n", text);
        EXPECT_TRUE(records[1].problem.empty()) << text;
    }
}

TEST(CsvParser, ACellOf64KiBIsOneCell) {
    const std::string cell(64U << 10U, 'x');
    const auto records = parse("1,\"" + cell + "\"\n2," + cell, 4096);

    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].fields[1].bytes, cell);
    EXPECT_EQ(records[1].fields[1].bytes, cell);
}

TEST(CsvParser, ARecordBeyondTheLimitIsAProblemAndHoldsNoMoreMemory) {
    const auto records =
        parse("\"" + std::string(CsvParser::kMostRecord * 2, 'x') + "\"\na\n", 65536);

    ASSERT_EQ(records.size(), 2U);
    EXPECT_NE(records[0].problem.find("longer"), std::string::npos);
    EXPECT_EQ(records[0].raw.size(), CsvParser::kMostRecord);
    EXPECT_EQ(texts(records[1]), std::vector<std::string>{"a"});
}

TEST(CsvParser, AGoodRecordKeepsItsBytesToo) {
    const auto records = parse("a,\"b\"\r\n", 100);

    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].raw, "a,\"b\"");
}

}  // namespace
}  // namespace hrbridge::file
