#include "connectors/file/xlsx_sheet.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "connectors/file/xlsx_cell.h"

namespace hrbridge::file {
namespace {

constexpr std::size_t kPiece = 64U << 10U;
constexpr std::size_t kLongestValue = 1U << 20U;
constexpr std::size_t kLongestRow = 16U << 20U;
constexpr std::size_t kMostMerged = 200'000;
constexpr std::uint64_t kMostRows = 1'048'576;

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

XlsxSheet::XlsxSheet(const XlsxPackage& package, const std::string& part)
    : package_(package),
      part_(package.open(part)),
      parser_({[this](std::string_view name, const XmlAttributes& attributes) {
                   start(name, attributes);
               },
               [this](std::string_view name) { end(name); },
               [this](std::string_view piece) { text(piece); }}),
      piece_(kPiece) {}

bool XlsxSheet::next(XlsxRow& row) {
    while (rows_.empty()) {
        if (at_end_) {
            return false;
        }
        const std::size_t got = part_->read(piece_.data(), piece_.size());
        at_end_ = got == 0;
        if (const std::string wrong = parser_.feed({piece_.data(), got}, at_end_); !wrong.empty()) {
            package_.fail(fmt::format("is damaged: its sheet, {}", wrong));
        }
    }
    row = std::move(rows_.front());
    rows_.pop_front();
    return true;
}

void XlsxSheet::start(std::string_view name, const XmlAttributes& attributes) {
    if (name == "sheetData") {
        in_data_ = true;
    } else if (!in_data_) {
        return;
    } else if (name == "row") {
        start_row(attributes);
    } else if (name == "c") {
        start_cell(attributes);
    } else if (in_cell_ && name == "f") {
        cell_.has_formula = true;
    } else if (in_cell_ && name == "v") {
        in_value_ = cell_.has_value = true;
    } else if (in_cell_ && name == "is") {
        cell_.has_value = true;
    } else if (in_cell_ && name == "rPh") {
        ++phonetic_;
    } else if (in_cell_ && name == "t") {
        in_value_ = phonetic_ == 0;
    }
}

void XlsxSheet::start_row(const XmlAttributes& attributes) {
    const std::string_view named = attributes.value("r");
    if (row_.number != 0) {
        package_.fail(fmt::format("is damaged: a row begins in row {}", row_.number));
    }
    row_ = {named.empty() ? last_row_ + 1 : number_of(named), {}};
    row_bytes_ = 0;
    if (row_.number <= last_row_ || row_.number > kMostRows) {
        package_.fail(fmt::format("is damaged: row {} stands behind row {}", named, last_row_));
    }
    last_row_ = row_.number;
}

void XlsxSheet::start_cell(const XmlAttributes& attributes) {
    cell_ = {};
    const std::uint32_t least = row_.cells.empty() ? 0 : row_.cells.back().column + 1;
    cell_.column = least;
    std::uint64_t row = row_.number;
    const std::string_view reference = attributes.value("r");
    const bool fits = reference.empty() || parse_reference(reference, row, cell_.column);
    if (!fits || row != row_.number || cell_.column < least) {
        package_.fail(fmt::format("is damaged: a cell of row {} names another place", row_.number));
    }
    cell_.type = attributes.value("t");
    cell_.style = static_cast<std::uint32_t>(number_of(attributes.value("s")));
    in_cell_ = true;
    in_value_ = false;
    phonetic_ = 0;
}

void XlsxSheet::end(std::string_view name) {
    if (name == "sheetData") {
        in_data_ = false;
    } else if (!in_data_) {
        return;
    } else if (name == "row") {
        rows_.push_back(std::move(row_));
        row_ = {};
    } else if (name == "c") {
        end_cell();
    } else if (name == "rPh") {
        --phonetic_;
    } else if (name == "v" || name == "t") {
        in_value_ = false;
    }
}

void XlsxSheet::end_cell() {
    in_cell_ = false;
    row_bytes_ += cell_.value.size() + cell_.type.size() + sizeof(XlsxCell);
    if (row_bytes_ > kLongestRow) {
        package_.fail(fmt::format("has a row {} of more than 16 MiB; it is not read", row_.number));
    }
    row_.cells.push_back(std::move(cell_));
    cell_ = {};
}

void XlsxSheet::text(std::string_view piece) {
    if (!in_value_ || !in_cell_) {
        return;
    }
    cell_.value += piece;
    if (cell_.value.size() > kLongestValue) {
        package_.fail(fmt::format("has a cell of more than a megabyte in row {}; it is not read",
                                  row_.number));
    }
}

std::vector<MergedRange> XlsxSheet::merged(const XlsxPackage& package, const std::string& part) {
    std::vector<MergedRange> ranges;
    package.parse(
        part,
        {[&](std::string_view name, const XmlAttributes& attributes) {
             if (name != "mergeCell") {
                 return;
             }
             const std::string_view text = attributes.value("ref");
             const std::size_t colon = std::min(text.find(':'), text.size());
             MergedRange range;
             if (!parse_reference(text.substr(0, colon), range.first_row, range.first_column) ||
                 colon == text.size() ||
                 !parse_reference(text.substr(colon + 1), range.last_row, range.last_column) ||
                 range.last_row < range.first_row || range.last_column < range.first_column) {
                 package.fail("is damaged: a merged range is none");
             }
             ranges.push_back(range);
             if (ranges.size() > kMostMerged) {
                 package.fail("has more than 200,000 merged ranges; it is not read");
             }
         },
         [](std::string_view) {},
         [](std::string_view) {}});
    std::sort(ranges.begin(), ranges.end(), [](const MergedRange& a, const MergedRange& b) {
        return a.first_row < b.first_row;
    });
    return ranges;
}

}  // namespace hrbridge::file
