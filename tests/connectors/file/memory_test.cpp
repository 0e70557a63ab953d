#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "connectors/file/connector.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::file {
namespace {

std::int64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::int64_t total = 0;
    std::int64_t resident = 0;
    file >> total >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

// A workbook whose rows all have a text of 120 bytes that no other row has.
constexpr const char* kMake = R"(
import sys, zipfile
path, rows = sys.argv[1], int(sys.argv[2])
kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
rel = lambda id, type, target: '<Relationship Id="%s" Type="%s%s" Target="%s"/>' % (id, kinds, type, target)
rels = lambda inside: "<Relationships>%s</Relationships>" % inside
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
    book.writestr("_rels/.rels", rels(rel("r1", "officeDocument", "xl/workbook.xml")))
    book.writestr("xl/workbook.xml", '<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>')
    book.writestr("xl/_rels/workbook.xml.rels",
                  rels(rel("r1", "worksheet", "sheet.xml") + rel("r2", "sharedStrings", "strings.xml")))
    with book.open("xl/strings.xml", "w") as part:
        part.write(b"<sst><si><t>no</t></si>")
        for i in range(rows):
            part.write(b"<si><t>%0120d</t></si>" % (i * 7919))
        part.write(b"</sst>")
    with book.open("xl/sheet.xml", "w") as part:
        part.write(b'<worksheet><sheetData><row><c t="s"><v>0</v></c></row>')
        for i in range(rows):
            part.write(b'<row><c t="s"><v>%d</v></c></row>' % (i + 1))
        part.write(b"</sheetData></worksheet>")
)";

// How much the resident size grows at most while a workbook of so many rows is read.
std::int64_t growth_while_reading(int rows) {
    const test::TempDir folder;
    const test::Finished made =
        test::run({{"/usr/bin/python3", "-c", kMake, folder.file("a.xlsx"), std::to_string(rows)},
                   {},
                   "",
                   "",
                   ""});
    EXPECT_EQ(made.code, 0) << made.output;
    base::SystemClock clock;
    FileConnector connector({"office", folder.path().string(), 0, 1LL << 32}, clock);
    const auto node = base::parse_yaml("conn: office\nfiles: '*.xlsx'\nkey: [no]\n", "m.yaml");
    connectors::ReadRequest request;
    request.dataset = &node.value();
    const std::int64_t before = resident_bytes();
    std::int64_t peak = before;
    const auto source = connector.open(request);
    base::RawBlock block;
    std::size_t read = 0;
    while (source->read(block, {})) {
        read += block.rows;
        peak = std::max(peak, resident_bytes());
    }
    EXPECT_EQ(read, static_cast<std::size_t>(rows));
    return peak - before;
}

TEST(XlsxMemory, DoesNotGrowWithTheNumberOfTexts) {
    constexpr std::int64_t kMiB = 1 << 20;
    growth_while_reading(100'000);  // what the first reading leaves behind counts for neither

    const std::int64_t few = growth_while_reading(100'000);
    const std::int64_t many = growth_while_reading(500'000);  // 60 MB of texts

    EXPECT_LT(many, 24 * kMiB);
    EXPECT_LT(many, few + 8 * kMiB);
}

}  // namespace
}  // namespace hrbridge::file
