#include "migration/spot_check/workbook.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"
#include "migration/ledger/digest.h"
#include "migration/spot_check/texts.h"

namespace hrbridge::spot_check {
namespace {

constexpr const char* kMark = "hrbridge spot check 1";
constexpr std::array<const char*, 10> kHeads{"head_place",
                                             "head_entity",
                                             "head_key",
                                             "head_field",
                                             "head_columns",
                                             "head_source",
                                             "head_target",
                                             "head_verdict",
                                             "head_mark",
                                             "head_second"};
constexpr std::array<double, 10> kWidths{6, 16, 16, 16, 16, 26, 26, 12, 8, 12};
constexpr lxw_row_t kHeadRow = 1;
constexpr lxw_row_t kFirstRow = 2;
constexpr lxw_col_t kVerdictColumn = 7;
constexpr lxw_col_t kMarkColumn = 8;
constexpr lxw_col_t kSecondColumn = 9;
constexpr std::size_t kShownCells = 7;
constexpr std::array<RowVerdict, 4> kVerdicts{
    RowVerdict::Right, RowVerdict::Wrong, RowVerdict::SourceChanged, RowVerdict::CannotTell};

// Of the sheet as it was given out, so that another draw's file is known as such.
std::string digest_of(std::int64_t draw, const std::vector<SheetLine>& lines) {
    base::RowHasher cells;
    cells.add_text(kMark);
    cells.add_int(draw);
    for (const SheetLine& line : lines) {
        for (const std::string& cell : line.cells) {
            cells.add_text(cell);
        }
    }
    return ledger::Digest::sha256_of(cells.canonical()).hex();
}

std::string verdict_text(const std::string& language, RowVerdict verdict) {
    return text(language, {"verdict_" + std::string(to_string(verdict)), {}});
}

class Workbook {
  public:
    explicit Workbook(const std::string& file) : book_(workbook_new(file.c_str())) {
        sheet_ = workbook_add_worksheet(book_, nullptr);
        entry_ = workbook_add_format(book_);
        format_set_unlocked(entry_);
        format_set_bg_color(entry_, 0xFFF1D6);
        format_set_border(entry_, LXW_BORDER_THIN);
        bold_ = workbook_add_format(book_);
        format_set_bold(bold_);
        wrap_ = workbook_add_format(book_);
        format_set_text_wrap(wrap_);
        format_set_align(wrap_, LXW_ALIGN_VERTICAL_TOP);
        for (std::size_t i = 0; i < kWidths.size(); ++i) {
            worksheet_set_column(sheet_,
                                 static_cast<lxw_col_t>(i),
                                 static_cast<lxw_col_t>(i),
                                 kWidths.at(i),
                                 nullptr);
        }
        worksheet_freeze_panes(sheet_, kFirstRow, 0);
        worksheet_protect(sheet_, nullptr, nullptr);
    }
    void write(lxw_row_t row, std::size_t column, const std::string& text, bool bold = false) {
        keep(worksheet_write_string(
            sheet_, row, static_cast<lxw_col_t>(column), text.c_str(), bold ? bold_ : wrap_));
    }
    // An empty cell that takes one of these.
    void take(lxw_row_t row, lxw_col_t column, std::vector<std::string> choices) {
        keep(worksheet_write_blank(sheet_, row, column, entry_));
        std::vector<char*> list;
        for (std::string& choice : choices) {
            list.push_back(choice.data());
        }
        list.push_back(nullptr);
        lxw_data_validation validation{};
        validation.validate = LXW_VALIDATION_TYPE_LIST;
        validation.value_list = list.data();
        keep(worksheet_data_validation_cell(sheet_, row, column, &validation));
    }
    lxw_error close() {
        const lxw_error error = workbook_close(book_);
        return first_ == LXW_NO_ERROR ? error : first_;
    }

  private:
    void keep(lxw_error error) { first_ = first_ == LXW_NO_ERROR ? error : first_; }

    lxw_workbook* book_;
    lxw_worksheet* sheet_ = nullptr;
    lxw_format* entry_ = nullptr;
    lxw_format* bold_ = nullptr;
    lxw_format* wrap_ = nullptr;
    lxw_error first_ = LXW_NO_ERROR;
};

void write_lines(Workbook& book, const std::string& language, const std::vector<SheetLine>& lines) {
    std::vector<std::string> words;
    for (const RowVerdict each : kVerdicts) {
        words.push_back(verdict_text(language, each));
    }
    lxw_row_t row = kFirstRow;
    for (const SheetLine& line : lines) {
        for (std::size_t i = 0; i < line.cells.size(); ++i) {
            book.write(row, i, line.cells[i]);
        }
        if (line.first) {
            book.take(row, kVerdictColumn, words);
        }
        if (line.takes_mark) {
            book.take(row, kMarkColumn, {"x"});
        }
        if (line.second) {
            book.take(row, kSecondColumn, words);
        }
        ++row;
    }
}

std::string cell(const ReadLine& line, std::size_t column) {
    return column < line.cells.size() ? line.cells[column] : std::string();
}

std::optional<RowVerdict> verdict_in(const std::string& given) {
    const std::string word(base::trim(given));
    for (std::size_t i = 0; i < kVerdicts.size(); ++i) {
        if (word == std::to_string(i + 1) || word == verdict_text("zh", kVerdicts.at(i)) ||
            base::same_name(word, verdict_text("en", kVerdicts.at(i)))) {
            return kVerdicts.at(i);
        }
    }
    return std::nullopt;
}

// The lines of a workbook, found again by place and field.
class ReadingBack {
  public:
    ReadingBack(std::int64_t draw, const std::vector<SheetRow>& rows) : draw_(draw), rows_(rows) {}

    Returned run(const std::vector<ReadLine>& lines) {
        if (!known(lines)) {
            return std::move(out_);
        }
        for (std::size_t i = kFirstRow; i < lines.size(); ++i) {
            add(lines[i]);
        }
        for (const auto& [place, row] : by_place_) {
            finish(place, row);
        }
        return std::move(out_);
    }

  private:
    struct Row {
        std::uint64_t number = 0;
        std::size_t lines = 0;
        std::string verdict;
        std::string second;
        std::vector<std::string> marked;
    };

    void fault(std::uint64_t row, const std::string& what) {
        out_.faults.push_back({fmt::format("row {}", row), what});
    }

    bool known(const std::vector<ReadLine>& lines) {
        const bool sheet = lines.size() > kFirstRow && cell(lines[0], 0) == kMark;
        if (!sheet || cell(lines[0], 1) != std::to_string(draw_)) {
            fault(1, "this is not the sheet of this draw");
            return false;
        }
        for (const bool revealed : {false, true}) {
            auto given = lines_of(rows_, revealed);
            if (digest_of(draw_, given) == cell(lines[0], 2)) {
                for (SheetLine& line : given) {
                    lines_of_row_[line.place] += 1;
                    given_.emplace(std::pair(line.place, key_of(line.cells)), std::move(line));
                }
                return true;
            }
        }
        fault(1,
              "the sheet was enlarged or its digest changed since this file was written; write it "
              "anew");
        return false;
    }

    // A column without a field is known by its own name.
    static std::string key_of(const std::vector<std::string>& cells) {
        return cells[3] + "\n" + (cells[3].empty() ? cells[4] : "");
    }

    void add(const ReadLine& line) {
        std::vector<std::string> shown;
        for (std::size_t i = 0; i < kShownCells; ++i) {
            shown.push_back(cell(line, i));
        }
        std::int64_t place = 0;
        for (const auto& [number, count] : lines_of_row_) {
            place = std::to_string(number) == shown[0] ? number : place;
        }
        const auto found = given_.find({place, key_of(shown)});
        if (found == given_.end()) {
            return fault(line.number, "the sheet has no such line");
        }
        if (found->second.cells != shown) {
            return fault(line.number, "what the sheet showed was altered here");
        }
        if (!seen_.insert(found->first).second) {
            return fault(line.number, "the line comes twice");
        }
        Row& row = by_place_[place];
        row.number = row.number == 0 ? line.number : row.number;
        ++row.lines;
        if (found->second.first) {
            row.number = line.number;
            row.verdict = base::trim(cell(line, kVerdictColumn));
            row.second = base::trim(cell(line, kSecondColumn));
        }
        if (found->second.takes_mark && !base::trim(cell(line, kMarkColumn)).empty()) {
            row.marked.push_back(found->second.field);
        }
    }

    void finish(std::int64_t place, const Row& row) {
        if (row.lines != lines_of_row_[place]) {
            return fault(row.number, "lines of this row of the sheet are missing");
        }
        if (row.verdict.empty() && row.marked.empty() && row.second.empty()) {
            return;
        }
        const auto verdict = verdict_in(row.verdict);
        if (!verdict) {
            return fault(row.number, "the verdict is none of those that the list offers");
        }
        const bool wrong = *verdict == RowVerdict::Wrong;
        if (wrong == row.marked.empty()) {
            return fault(row.number,
                         wrong ? "a wrong row needs at least one field marked with x"
                               : "a field is marked although the row is not called wrong");
        }
        if (*verdict == RowVerdict::Right &&
            rows_.at(static_cast<std::size_t>(place - 1)).content.has_critical() &&
            verdict_in(row.second) != RowVerdict::Right) {
            return fault(row.number,
                         "the second entry for identity, pay and dates is missing or says "
                         "something else");
        }
        out_.entries.push_back({place, *verdict, row.marked});
    }

    std::int64_t draw_;
    const std::vector<SheetRow>& rows_;
    std::map<std::pair<std::int64_t, std::string>, SheetLine> given_;
    std::map<std::int64_t, std::size_t> lines_of_row_;
    std::set<std::pair<std::int64_t, std::string>> seen_;
    std::map<std::int64_t, Row> by_place_;
    Returned out_;
};

}  // namespace

base::Result<std::string> write_workbook(const std::string& file,
                                         const std::string& language,
                                         std::int64_t draw,
                                         const std::vector<SheetRow>& rows,
                                         bool revealed) {
    const int made = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (made < 0) {
        return base::Fault{file, std::strerror(errno)};
    }
    ::close(made);
    const auto lines = lines_of(rows, revealed);
    const std::string digest = digest_of(draw, lines);
    Workbook book(file);
    book.write(0, 0, kMark);
    book.write(0, 1, std::to_string(draw));
    book.write(0, 2, digest);
    book.write(0, 3, text(language, {"how_to_fill", {}}));
    for (std::size_t i = 0; i < kHeads.size(); ++i) {
        book.write(kHeadRow, i, text(language, {kHeads.at(i), {}}), true);
    }
    write_lines(book, language, lines);
    if (const lxw_error error = book.close(); error != LXW_NO_ERROR) {
        return base::Fault{file, lxw_strerror(error)};
    }
    return digest;
}

Returned read_back(const std::vector<ReadLine>& lines,
                   std::int64_t draw,
                   const std::vector<SheetRow>& rows) {
    return ReadingBack(draw, rows).run(lines);
}

}  // namespace hrbridge::spot_check
