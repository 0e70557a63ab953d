#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "connectors/file/connector.h"
#include "tests/connectors/file/workbook.h"
#include "tests/support/manual_clock.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::file {
namespace {

using test::Workbook;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class XlsxSource : public testing::Test {
  protected:
    struct Reading {
        std::vector<std::string> columns;
        std::vector<std::string> rows;  // "no|name|malformed", NULL as ~, absent as -
        std::vector<std::string> places;
        std::vector<std::string> positions;
    };

    static std::string shown(const base::RawColumn& column, std::size_t row) {
        return column.is_absent(row) ? "-"
               : column.is_null(row) ? "~"
                                     : std::string(column.cell(row));
    }

    Reading read(const std::string& after = {}, std::size_t block_rows = 100) {
        FileConnector connector(options_, clock_);
        const auto parsed = base::parse_yaml(
            "conn: t\nfiles: '*.xlsx'\nkey: [no]\ncolumns: {no: text, name: text}\n" + lines_,
            "m.yaml");
        dataset_ = parsed.value();
        EXPECT_EQ(connector.validate(dataset_), base::Faults());
        connectors::ReadRequest request;
        request.dataset = &dataset_;
        request.after = after;
        request.block_rows = block_rows;
        const auto source = connector.open(request);
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

    // A sheet of these rows behind the header no, name.
    static std::string sheet(const std::string& rows) {
        return "<sheetData><row r=\"1\">" + text("A1", "no") + text("B1", "name") + "</row>" +
               rows + "</sheetData>";
    }
    static std::string text(const std::string& place, const std::string& value) {
        return "<c r=\"" + place + "\" t=\"inlineStr\"><is><t>" + value + "</t></is></c>";
    }
    void write(const Workbook& book, const std::string& name = "a.xlsx") {
        test::write_zip(folder_.file(name), book.parts());
    }
    // Of one cell B2, as XML; the book's other parts may be given.
    std::string cell(const std::string& xml, Workbook book = {}) {
        book.sheet = sheet("<row r=\"2\">" + text("A2", "1") + xml + "</row>");
        write(book);
        const Reading reading = read();
        EXPECT_EQ(reading.rows.size(), 1U);
        return reading.rows.empty() ? "" : reading.rows[0].substr(2);
    }
    // Runs a program for openpyxl, which finds the folder in sys.argv[1]; gives what it prints.
    std::string python(const std::string& program) const {
        const test::Finished done = test::run(
            {{"/usr/bin/python3", "-c", program, folder_.path().string()}, {}, "", "", ""});
        EXPECT_EQ(done.code, 0) << done.output;
        return done.output;
    }

    test::TempDir folder_;
    test::ManualClock clock_{
        base::Timestamp(std::chrono::sys_days(std::chrono::year(2100) / 1 / 1))};
    Options options_{"t", folder_.path().string(), 0, 1 << 30};
    std::string lines_;
    base::YamlNode dataset_;
};

TEST_F(XlsxSource, ReadsEachCellAsAnotherReaderDoes) {
    const std::string printed = python(R"(
import datetime, decimal, random, sys
import openpyxl
from openpyxl.utils.escape import unescape
random.seed(7)
book = openpyxl.Workbook()
sheet = book.active
sheet.append(["no", "name"])
texts = ["张三😀", "a,\"b\"", "NULL", " trail  ", "line\nbreak", "<&>", "000123", "110101199003070039", "𠮷", "x" * 3000]
made = []
for i in range(400):
    kind = i % 8
    value = [random.choice(texts), random.randint(-10**15 + 1, 10**15 - 1),
             round(random.uniform(-1e6, 1e6), random.randint(0, 6)), random.random() < 0.5, None,
             datetime.date(1900, 3, 1) + datetime.timedelta(days=random.randint(0, 2900000)),
             datetime.datetime(1950, 1, 1) + datetime.timedelta(seconds=random.randint(0, 3 * 10**9)),
             "text %d" % random.randint(0, 99)][kind]
    sheet.append([str(i), value])
book.save(sys.argv[1] + "/a.xlsx")
for row in openpyxl.load_workbook(sys.argv[1] + "/a.xlsx").active.iter_rows(min_row=2):
    value, style = row[1].value, row[1].number_format
    if value is None:
        text = "~"
    elif isinstance(value, bool):
        text = "TRUE" if value else "FALSE"
    elif isinstance(value, datetime.datetime):
        text = str(value.date()) if "h" not in style else value.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
    elif isinstance(value, float):
        text = format(decimal.Decimal(repr(value)), "f")
    else:
        text = str(value)
    made.append(row[0].value + "|" + text + "|-")
sys.stdout.write("\x00".join(made))
)");
    std::vector<std::string> expected;
    std::istringstream parts(printed);
    for (std::string part; std::getline(parts, part, '\0');) {
        expected.push_back(part);
    }
    ASSERT_EQ(expected.size(), 400U);

    EXPECT_EQ(read().rows, expected);
}

TEST_F(XlsxSource, NullEmptyAndBlankRowsAreThreeThings) {
    Workbook book;
    book.sheet =
        sheet("<row r=\"2\">" + text("A2", "1") + "</row>" + "<row r=\"3\">" + text("A3", "2") +
              text("B3", "") + "</row>" +
              "<row r=\"4\"/><row r=\"5\"><c r=\"A5\" s=\"0\"/><c r=\"C5\"><v>9</v></c></row>" +
              "<row r=\"7\">" + text("A7", "3") + "<c r=\"B7\" s=\"0\"/></row>");
    write(book);

    const Reading reading = read();

    EXPECT_THAT(reading.columns, ElementsAre("no", "name", "#place", "#malformed"));
    EXPECT_THAT(reading.rows, ElementsAre("1|~|-", "2||-", "3|~|-"));
    EXPECT_THAT(reading.places, ElementsAre("a.xlsx:2", "a.xlsx:3", "a.xlsx:7"));
}

TEST_F(XlsxSource, SharedStringsJoinRunsWithoutPhoneticOnes) {
    Workbook book;
    book.strings =
        "<si><t>plain</t></si><si><r><t>rich </t></r><r><rPr><b/></rPr><t xml:space=\"preserve\"> "
        "run</t></r><rPh sb=\"0\" eb=\"1\"><t>フリガナ</t></rPh></si><si><t/></si>"
        "<si><t>a_x000D_&#10;b</t></si>";

    EXPECT_EQ(cell("<c r=\"B2\" t=\"s\"><v>0</v></c>", book), "plain|-");
    EXPECT_EQ(cell("<c r=\"B2\" t=\"s\"><v>1</v></c>", book), "rich  run|-");
    EXPECT_EQ(cell("<c r=\"B2\" t=\"s\"><v>2</v></c>", book), "|-");
    EXPECT_EQ(cell("<c r=\"B2\" t=\"s\"><v>3</v></c>", book), "a\r\nb|-");
    EXPECT_THAT(cell("<c r=\"B2\" t=\"s\"><v>4</v></c>", book),
                HasSubstr("text that the workbook"));
    EXPECT_THAT(cell("<c r=\"B2\" t=\"s\"><v>-1</v></c>", book),
                HasSubstr("text that the workbook"));
}

TEST_F(XlsxSource, FormulasGiveTheirStoredValueAndWithoutOneAReject) {
    EXPECT_EQ(cell("<c r=\"B2\"><f>1+1</f><v>2</v></c>"), "2|-");
    EXPECT_EQ(cell("<c r=\"B2\" t=\"str\"><f>\"\"</f><v></v></c>"), "|-");
    EXPECT_EQ(cell("<c r=\"B2\" t=\"b\"><f>TRUE()</f><v>1</v></c>"), "TRUE|-");
    for (const char* never_calculated : {"<c r=\"B2\"><f>1+1</f></c>",
                                         "<c r=\"B2\"><f>1+1</f><v/></c>",
                                         "<c r=\"B2\" t=\"n\"><f>1+1</f><v></v></c>"}) {
        EXPECT_THAT(cell(never_calculated),
                    HasSubstr("a.xlsx:2: B2: the cell has a formula without a stored value"));
    }
}

TEST_F(XlsxSource, ErrorsAndLostDigitsAreRejectsWithTheWholeRow) {
    EXPECT_THAT(
        cell("<c r=\"B2\" t=\"e\"><v>#N/A</v></c>"),
        testing::AllOf(HasSubstr("B2: the cell holds an error"), HasSubstr("\nA\t1\nB\t#N/A")));
    EXPECT_THAT(
        cell("<c r=\"B2\"><v>1.1010119900307E+17</v></c>"),
        testing::AllOf(HasSubstr("more than 15 digits"), HasSubstr("B\t1.1010119900307E+17")));
    EXPECT_EQ(cell("<c r=\"B2\"><v>1.1000000000000001</v></c>"), "1.1|-");
}

TEST_F(XlsxSource, AFaultInAColumnThatNoMappingReadsRefusesNoRow) {
    Workbook book;
    book.sheet = "<sheetData><row r=\"1\">" + text("A1", "no") + text("B1", "name") +
                 text("C1", "extra") + "</row><row r=\"2\">" + text("A2", "1") + text("B2", "x") +
                 "<c r=\"C2\" t=\"e\"><v>#REF!</v></c></row></sheetData>";
    write(book);

    EXPECT_THAT(read().rows, ElementsAre("1|x|#REF!|-"));
}

TEST_F(XlsxSource, DatesAreKnownByStyleAndSystem) {
    Workbook book;
    book.formats =
        "<numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\"/>"
        "<numFmt numFmtId=\"165\" formatCode=\"[h]:mm\"/>";
    book.xfs =
        "<xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/>"
        "<xf numFmtId=\"20\"/>";
    EXPECT_EQ(cell("<c r=\"B2\" s=\"0\"><v>45418</v></c>", book), "45418|-");
    EXPECT_EQ(cell("<c r=\"B2\" s=\"1\"><v>45418</v></c>", book), "2024-05-06|-");
    EXPECT_EQ(cell("<c r=\"B2\" s=\"2\"><v>45418.75</v></c>", book), "2024-05-06 18:00:00|-");
    EXPECT_EQ(cell("<c r=\"B2\" s=\"3\"><v>1.25</v></c>", book), "30:00:00|-");
    EXPECT_EQ(cell("<c r=\"B2\" s=\"4\"><v>0.25</v></c>", book), "06:00:00|-");
    EXPECT_THAT(cell("<c r=\"B2\" s=\"1\"><v>60</v></c>", book), HasSubstr("1900-02-29"));
    EXPECT_EQ(cell("<c r=\"B2\" t=\"d\"><v>2024-05-06T08:00:00</v></c>", book),
              "2024-05-06T08:00:00|-");
    book.workbook_pr = "<workbookPr date1904=\"1\"/>";
    EXPECT_EQ(cell("<c r=\"B2\" s=\"1\"><v>43956</v></c>", book), "2024-05-06|-");
}

TEST_F(XlsxSource, MergedCellsGiveTheirValueOnceOrToAll) {
    Workbook book;
    book.sheet =
        sheet("<row r=\"2\">" + text("A2", "1") + text("B2", "焊接") + "</row><row r=\"3\">" +
              text("A3", "2") + "<c r=\"B3\"/></row><row r=\"4\">" + text("A4", "3") +
              "</row><row r=\"5\">" + text("A5", "4") + "</row>") +
        "<mergeCells><mergeCell ref=\"B2:B4\"/></mergeCells>";
    write(book);

    EXPECT_THAT(read().rows, ElementsAre("1|焊接|-", "2|~|-", "3|~|-", "4|~|-"));
    lines_ = "merged: fill\n";
    const Reading filled = read("", 1);
    EXPECT_THAT(filled.rows, ElementsAre("1|焊接|-", "2|焊接|-", "3|焊接|-", "4|~|-"));
    EXPECT_THAT(read(filled.positions[1]).rows, ElementsAre("3|焊接|-", "4|~|-"))
        << "a resumed reading knows the value from above";
}

TEST_F(XlsxSource, TheSheetIsTheOnlyVisibleOneOrNamed) {
    python(R"(
import sys, openpyxl
book = openpyxl.Workbook()
for name, state, value in (("说明", "visible", "a"), ("Daten", "hidden", "b"), ("3", "visible", "c")):
    sheet = book.create_sheet(name)
    sheet.sheet_state = state
    sheet.append(["no", "name"])
    sheet.append(["1", value])
del book["Sheet"]
book.save(sys.argv[1] + "/a.xlsx")
)");
    EXPECT_THAT(error_of(),
                HasSubstr("has the sheets 说明, Daten (hidden), 3; name one by `sheet:`"));
    lines_ = "sheet: 说明\n";
    EXPECT_THAT(read().rows, ElementsAre("1|a|-"));
    lines_ = "sheet: 2\n";
    EXPECT_THAT(read().rows, ElementsAre("1|b|-")) << "a number, of hidden ones too";
    lines_ = "sheet: 3\n";
    EXPECT_THAT(read().rows, ElementsAre("1|c|-")) << "a name before a number";
    lines_ = "sheet: Nope\n";
    EXPECT_THAT(error_of(), HasSubstr("has no sheet Nope; it has 说明"));
    lines_ = "sheet: 4\n";
    EXPECT_THAT(error_of(), HasSubstr("has no sheet 4"));
}

TEST_F(XlsxSource, TheHeaderMayStandFurtherDownOrBeNone) {
    Workbook book;
    book.sheet = "<sheetData><row r=\"1\">" + text("A1", "考勤表") + "</row><row r=\"3\">" +
                 text("A3", " no ") + "<c r=\"B3\"/>" + text("C3", "name") + "</row><row r=\"4\">" +
                 text("A4", "1") + text("B4", "note") + text("C4", "x") + "</row></sheetData>";
    write(book);

    lines_ = "header_row: 3\n";
    EXPECT_THAT(read().rows, ElementsAre("1|x|-"));
    lines_ = "header_row: 2\n";
    EXPECT_THAT(error_of(), HasSubstr("has no header in row 2"));
    lines_ = "header_row: 9\n";
    EXPECT_THAT(error_of(), HasSubstr("has no header in row 9"));
    lines_ = "header: false\n";
    EXPECT_THAT(read().rows, ElementsAre("考勤表|~|-", " no |~|-", "1|note|-"));
    book.sheet = "<sheetData><row>" + text("A1", " ") + "</row></sheetData>";
    write(book);
    lines_ = "";
    EXPECT_THAT(error_of(), HasSubstr("has no header in row 1"));
    book.sheet = "<sheetData><row>" + text("A1", "no") + text("B1", "no") + "</row></sheetData>";
    write(book);
    lines_ = "";
    EXPECT_THAT(error_of(), HasSubstr("taken or repeated"));
}

TEST_F(XlsxSource, EveryPositionResumes) {
    std::string rows;
    for (int i = 2; i < 40; ++i) {
        const std::string number = std::to_string(i);
        rows += "<row r=\"" + number + "\">" + text("A" + number, number) + "</row>";
    }
    Workbook book;
    book.sheet = sheet(rows);
    write(book);
    write(book, "b.xlsx");
    const Reading whole = read("", 1);
    ASSERT_EQ(whole.rows.size(), 76U);

    for (std::size_t i = 0; i < whole.positions.size(); ++i) {
        const std::vector<std::string> rest(whole.rows.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                            whole.rows.end());
        EXPECT_EQ(read(whole.positions[i], 7).rows, rest) << whole.positions[i];
    }
}

TEST_F(XlsxSource, WhatIsNoWorkbookSaysWhatToDo) {
    const auto error_of_bytes = [&](const std::string& bytes) {
        folder_.write("a.xlsx", bytes);
        return error_of();
    };
    EXPECT_THAT(error_of_bytes("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(600, '\0')),
                HasSubstr("old .xls workbook or protected by a password"));
    EXPECT_THAT(error_of_bytes("no,name\n1,x\n"), HasSubstr("is no .xlsx workbook"));
    EXPECT_THAT(error_of_bytes(""), HasSubstr("is no .xlsx workbook"));
    Workbook book;
    book.sheet = sheet("");
    write(book);
    const std::string whole = test::read_file(folder_.file("a.xlsx"));
    EXPECT_THAT(error_of_bytes(whole.substr(0, whole.size() / 2)), HasSubstr("a.xlsx"));
    test::write_zip(folder_.file("a.xlsx"), {{"hello.txt", "x"}});
    EXPECT_THAT(error_of(), HasSubstr("no part _rels/.rels"));
    test::write_zip(folder_.file("a.xlsx"), book.parts(), "secret");
    EXPECT_THAT(error_of(), HasSubstr("protected by a password"));
    auto parts = book.parts();
    parts["_rels/.rels"] =
        "<Relationships><Relationship Id=\"1\" Type=\"x/officeDocument\" "
        "Target=\"xl/workbook.bin\"/></Relationships>";
    test::write_zip(folder_.file("a.xlsx"), parts);
    EXPECT_THAT(error_of(), HasSubstr("binary workbook"));
}

TEST_F(XlsxSource, DamagedAndHostileXmlEndsTheRun) {
    const auto error_with = [&](const std::string& xml) {
        Workbook book;
        book.sheet = xml;
        write(book);
        return error_of();
    };
    EXPECT_THAT(error_with("<sheetData><row></sheetData>"), HasSubstr("is damaged"));
    EXPECT_THAT(error_with(sheet("<row r=\"3\"/><row r=\"2\"/>")),
                HasSubstr("row 2 stands behind"));
    EXPECT_THAT(error_with(sheet("<row r=\"2\"><c r=\"B3\"/></row>")), HasSubstr("another place"));
    EXPECT_THAT(error_with(sheet("<row r=\"2\"><c r=\"B2\"/><c r=\"A2\"/></row>")),
                HasSubstr("another place"));
    EXPECT_THAT(
        error_with(sheet("<row r=\"2\">" + text("A2", std::string(2 << 20, 'x')) + "</row>")),
        HasSubstr("more than a megabyte"));
    EXPECT_THAT(error_with(sheet("<row r=\"2\" x=\"" + std::string(3 << 20, 'x') + "\"/>")),
                HasSubstr("token"));
    EXPECT_THAT(error_with(sheet("<row r=\"2\"><row r=\"3\"/></row>")), HasSubstr("in row 2"));
    std::string deep;
    for (int i = 0; i < 1000; ++i) {
        deep += "<a>";
    }
    EXPECT_THAT(error_with(deep), HasSubstr("deeper"));
    Workbook book;
    book.sheet = sheet("");
    std::string sheets;
    for (int i = 0; i < 70'000; ++i) {
        sheets += "<sheet/>";
    }
    book.more["xl/workbook.xml"] = "<workbook><sheets>" + sheets + "</sheets></workbook>";
    write(book);
    EXPECT_THAT(error_of(), HasSubstr("more than 65,536 sheets"));
    book.more.clear();
    book.more["_rels/.rels"] =
        "<Relationships><Relationship Id=\"1\" Type=\"x/officeDocument\" "
        "Target=\"../../xl/workbook.xml\"/></Relationships>";
    write(book);
    EXPECT_EQ(error_of(), "(no error)");
    book.more.clear();
    book.more["xl/workbook.xml"] =
        "<!DOCTYPE w [<!ENTITY a \"aaaaaaaaaa\">]><workbook>&a;</workbook>";
    write(book);
    EXPECT_THAT(error_of(), HasSubstr("document type"));
}

TEST_F(XlsxSource, ABombIsNotUnpacked) {
    Workbook book;
    book.sheet = sheet("<row r=\"2\">" + std::string(80 << 20, ' ') + "</row>");
    write(book);
    EXPECT_THAT(error_of(), HasSubstr("200 times its size"));
    options_.max_file_bytes = 1 << 20;
    book.sheet = sheet("<row r=\"2\">" + std::string(2 << 20, ' ') + "</row>");
    write(book);
    EXPECT_THAT(error_of(), HasSubstr("max_file_bytes"));
}

TEST_F(XlsxSource, ItsSettingsAreCheckedWithTheMapping) {
    const auto faults_of = [&](const std::string& more) {
        const auto parsed = base::parse_yaml("conn: t\nkey: [no]\n" + more, "m.yaml");
        std::string all;
        for (const base::Fault& fault : FileConnector(options_, clock_).validate(parsed.value())) {
            all += fault.where + " " + fault.what + "\n";
        }
        return all;
    };
    EXPECT_EQ(faults_of("files: '*.XLSX'\nsheet: A\nheader_row: 2\n"), "");
    EXPECT_EQ(faults_of("files: '*.dat'\nformat: xlsx\nmerged: fill\n"), "");
    EXPECT_THAT(faults_of("files: '*.xlsx'\nseparator: ';'\n"), HasSubstr("separator"));
    EXPECT_THAT(faults_of("files: '*.csv'\nsheet: A\n"), HasSubstr("sheet"));
    EXPECT_THAT(faults_of("files: '*.xlsx'\nread_as: {charset: gbk}\n"), HasSubstr("UTF-8"));
    EXPECT_THAT(faults_of("files: '*.xlsx'\nheader: false\nheader_row: 2\n"),
                HasSubstr("header_row"));
    EXPECT_THAT(faults_of("files: '*.xlsx'\nheader_row: 0\n"), HasSubstr("header_row"));
}

}  // namespace
}  // namespace hrbridge::file
