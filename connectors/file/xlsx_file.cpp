#include "connectors/file/xlsx_file.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::file {
namespace {

constexpr std::size_t kNoField = static_cast<std::size_t>(-1);

// "A", "AB": a column from 0, as Excel shows it.
std::string letters(std::size_t column) {
    std::string text;
    for (std::size_t rest = column + 1; rest > 0; rest = (rest - 1) / 26) {
        text.insert(text.begin(), static_cast<char>('A' + (rest - 1) % 26));
    }
    return text;
}

}  // namespace

XlsxFile::XlsxFile(const Place& place, const Dataset& dataset, ListedFile listed)
    : dataset_(dataset),
      file_(place, std::move(listed)),
      package_(file_, dataset.most_bytes),
      workbook_(read_workbook(package_, dataset.sheet)) {
    if (!workbook_.strings_part.empty()) {
        strings_.read(package_, workbook_.strings_part);
    }
    if (dataset_.fill_merged) {
        merged_ = XlsxSheet::merged(package_, workbook_.sheet_part);
    }
    sheet_ = std::make_unique<XlsxSheet>(package_, workbook_.sheet_part);
    if (!dataset_.header) {
        names_ = dataset_.contract;
        place_columns(names_.size());
    }
}

void XlsxFile::place_columns(std::size_t columns) {
    fields_.resize(columns);
    for (std::size_t i = 0; i < columns; ++i) {
        fields_[i] = i;
    }
    judged_.assign(columns, true);
}

CellText XlsxFile::text_of(const XlsxCell& cell) const {
    if (cell.type == "s") {
        std::uint64_t number = 0;
        const char* const last = cell.value.data() + cell.value.size();
        const auto [end, error] = std::from_chars(cell.value.data(), last, number);
        if (error != std::errc() || end != last || number >= strings_.size()) {
            return {"", "the cell names a text that the workbook does not have"};
        }
        return {strings_.at(number), ""};
    }
    if (cell.type == "inlineStr" || cell.type == "str") {
        return {unescaped(cell.value), ""};
    }
    if (cell.type == "b") {
        return {cell.value == "0" ? "FALSE" : "TRUE", ""};
    }
    if (cell.type == "e") {
        return {cell.value, "the cell holds an error of Excel's (#N/A, #DIV/0! …) and no value"};
    }
    if (cell.type == "d") {
        return {cell.value, ""};
    }
    const NumberKind kind =
        cell.style < workbook_.styles.size() ? workbook_.styles[cell.style] : NumberKind::Number;
    CellText text = kind == NumberKind::Number ? number_text(cell.value)
                                               : serial_text(cell.value, kind, workbook_.from_1904);
    if (!text.problem.empty()) {
        text.text = cell.value;  // for the reject
    }
    return text;
}

XlsxFile::Shown XlsxFile::shown(const XlsxCell& cell) const {
    const bool may_be_empty = cell.type == "inlineStr" || cell.type == "str";
    const bool no_value = !cell.has_value || (cell.value.empty() && !may_be_empty);
    if (cell.has_formula && no_value) {
        return {true,
                {"",
                 "the cell has a formula without a stored value; open the workbook in Excel and "
                 "save it"}};
    }
    if (no_value) {
        return {};
    }
    return {true, text_of(cell)};
}

std::vector<XlsxFile::Shown> XlsxFile::cells_of(const XlsxRow& row) const {
    std::vector<Shown> cells(row.cells.empty() ? 0 : row.cells.back().column + std::size_t{1});
    for (const XlsxCell& cell : row.cells) {
        cells[cell.column] = shown(cell);
    }
    return cells;
}

bool XlsxFile::next_row(XlsxRow& row) {
    if (!sheet_->next(row)) {
        return false;
    }
    last_row_ = row.number;
    return true;
}

std::vector<std::string> XlsxFile::read_header() {
    XlsxRow row;
    std::vector<Shown> cells;
    while (last_row_ < dataset_.header_row && next_row(row)) {
        cells = cells_of(row);
        fill_merged(row, cells);
    }
    const bool has_name = std::any_of(cells.begin(), cells.end(), [](const Shown& cell) {
        return !base::trim(cell.value.text).empty();
    });
    if (last_row_ != dataset_.header_row || !has_name) {
        file_.fail(
            fmt::format("has no header in row {}; set `header_row`, or `header: false` when "
                        "it has none",
                        dataset_.header_row));
    }
    names_.clear();
    fields_.assign(cells.size(), kNoField);
    for (std::size_t column = 0; column < cells.size(); ++column) {
        const std::string name(base::trim(cells[column].value.text));
        // What stands under no name is no column: notes beside a table.
        if (!name.empty()) {
            fields_[column] = names_.size();
            names_.push_back(name);
        }
    }
    if (const std::size_t unfit = unfit_name(names_); unfit > 0) {
        file_.fail(fmt::format("has a header whose name {} is taken or repeated", unfit));
    }
    judged_.clear();
    for (const std::string& name : names_) {
        judged_.push_back(dataset_.contract.empty() ||
                          std::find(dataset_.contract.begin(), dataset_.contract.end(), name) !=
                              dataset_.contract.end());
    }
    return names_;
}

void XlsxFile::go_to(const Spot& spot) {
    XlsxRow row;
    std::vector<Shown> cells;
    while (last_row_ < spot.offset) {
        if (!next_row(row)) {
            file_.fail("is shorter than the checkpoint's position; run the mapping with --full");
        }
        if (dataset_.fill_merged) {
            cells = cells_of(row);
            fill_merged(row, cells);
        }
    }
}

// Gives the cells of merged ranges that cross this row the value of the first one. A range of which
// no row has come yet begins with the row that it names.
void XlsxFile::fill_merged(const XlsxRow& row, std::vector<Shown>& cells) {
    for (; next_merged_ < merged_.size() && merged_[next_merged_].first_row <= row.number;
         ++next_merged_) {
        const MergedRange& range = merged_[next_merged_];
        Shown value;
        if (range.first_row == row.number && range.first_column < cells.size()) {
            value = cells[range.first_column];
        }
        filling_.push_back({range, std::move(value)});
    }
    filling_.remove_if([&](const Filling& each) { return each.range.last_row < row.number; });
    for (const Filling& each : filling_) {
        if (!each.value.there) {
            continue;
        }
        const std::size_t end = each.range.last_column + std::size_t{1};
        cells.resize(std::max(cells.size(), std::min(end, fields_.size())));
        for (std::size_t i = each.range.first_column; i < std::min(end, cells.size()); ++i) {
            if (!cells[i].there) {
                cells[i] = each.value;
            }
        }
    }
}

bool XlsxFile::next(CsvRecord& record) {
    XlsxRow row;
    std::vector<Shown> cells;
    while (next_row(row)) {
        cells = cells_of(row);
        const bool blank = !has_value(cells);
        fill_merged(row, cells);
        if (!blank) {
            record = record_of(row.number, cells);
            return true;
        }
    }
    return false;
}

// Of a row that is NULL in all columns nothing is read.
bool XlsxFile::has_value(const std::vector<Shown>& cells) const {
    for (std::size_t i = 0; i < std::min(cells.size(), fields_.size()); ++i) {
        if (fields_[i] != kNoField && cells[i].there) {
            return true;
        }
    }
    return false;
}

CsvRecord XlsxFile::record_of(std::uint64_t row, std::vector<Shown>& cells) const {
    CsvRecord record;
    record.line = row;
    record.next_line = row + 1;
    record.fields.resize(names_.size());
    for (std::size_t i = 0; i < std::min(cells.size(), fields_.size()); ++i) {
        if (fields_[i] == kNoField || !cells[i].there) {
            continue;
        }
        CellText& value = cells[i].value;
        record.end += value.text.size() + 1;
        if (!value.problem.empty() && judged_[fields_[i]] && record.problem.empty()) {
            record.problem = fmt::format("{}{}: {}", letters(i), row, value.problem);
        }
        record.fields[fields_[i]] = {std::move(value.text), true};
    }
    for (std::size_t i = 0; !record.problem.empty() && i < fields_.size(); ++i) {
        if (fields_[i] != kNoField && record.fields[fields_[i]].quoted) {
            record.raw += fmt::format("{}{}\t{}",
                                      record.raw.empty() ? "" : "\n",
                                      letters(i),
                                      record.fields[fields_[i]].bytes);
        }
    }
    return record;
}

}  // namespace hrbridge::file
