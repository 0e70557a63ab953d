#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

#include "connectors/file/xlsx_cell.h"
#include "connectors/file/xlsx_file.h"
#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "daemon/base/time.h"
#include "tests/connectors/file/workbook.h"

namespace {

using namespace hrbridge;

void must(bool holds) {
    if (!holds) {
        std::abort();
    }
}

const std::string& folder() {
    static const std::string kFolder = [] {
        std::string name = (std::filesystem::temp_directory_path() / "xlsx-fuzz-XXXXXX").string();
        must(::mkdtemp(name.data()) != nullptr);
        return name;
    }();
    return kFolder;
}

bool is_plain_number(std::string_view text) {
    text.remove_prefix(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
    return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

void check_cells(std::string_view text) {
    const file::CellText number = file::number_text(text);
    must(number.problem.empty() ? is_plain_number(number.text) : number.text.empty());
    for (const bool from_1904 : {false, true}) {
        const file::CellText date = file::serial_text(text, file::NumberKind::Date, from_1904);
        must(!date.problem.empty() || base::parse_date(date.text.substr(0, 10)).has_value());
        file::serial_text(text, file::NumberKind::Elapsed, from_1904);
    }
    file::kind_of_format(text);
    if (base::is_valid_utf8(text)) {
        must(base::is_valid_utf8(file::unescaped(std::string(text))));
    }
}

// Whatever the file is, it is read to its end or refused with what to do.
void read_file() {
    const std::string path = folder() + "/a.xlsx";
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return;
    }
    const file::Place place{"office", folder()};
    file::Dataset dataset;
    dataset.format = file::Format::Xlsx;
    dataset.fill_merged = true;
    dataset.most_bytes = 8U << 20U;
    try {
        file::XlsxFile book(place,
                            dataset,
                            {"a.xlsx",
                             static_cast<std::uint64_t>(status.st_size),
                             status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec});
        const std::size_t names = book.read_header().size();
        file::CsvRecord record;
        std::uint64_t line = 1;
        while (book.next(record)) {
            must(record.fields.size() == names && record.line > line);
            must(record.problem.empty() || !record.raw.empty());
            line = record.line;
        }
    } catch (const base::ConnectorError& error) {
        must(error.remedy() == base::Remedy::Stop);
    }
}

void write_part(const std::string& text, int part) {
    test::Workbook book;
    book.sheet =
        "<sheetData><row><c t=\"inlineStr\"><is><t>a</t></is></c><c t=\"str\"><v>b</v></c></row>"
        "<row><c t=\"s\"><v>0</v></c><c s=\"1\"><v>45418.5</v></c></row></sheetData>";
    book.strings = "<si><t>x</t></si>";
    book.xfs = "<xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>";
    std::string* const places[] = {&book.sheet, &book.strings, &book.xfs, &book.formats};
    if (part < 4) {
        *places[part] = text;
    } else {
        book.more["xl/workbook.xml"] = text;
    }
    test::write_zip(folder() + "/a.xlsx", book.parts());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const int what = data[0] % 7;
    if (what == 0) {
        check_cells(text);
        return 0;
    }
    if (what == 6) {
        std::ofstream(folder() + "/a.xlsx", std::ios::binary | std::ios::trunc) << text;
    } else {
        write_part(text, what - 1);
    }
    read_file();
    return 0;
}
