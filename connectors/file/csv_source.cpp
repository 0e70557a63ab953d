#include "connectors/file/csv_source.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"

namespace hrbridge::file {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;
constexpr std::size_t kMostRawShown = 4096;

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

CsvSource::CsvSource(const Options& options,
                     Dataset dataset,
                     std::vector<ListedFile> files,
                     const connectors::ReadRequest& request)
    : options_(options),
      dataset_(std::move(dataset)),
      files_(std::move(files)),
      block_rows_(std::max<std::size_t>(request.block_rows, 1)),
      block_bytes_(request.block_bytes),
      parser_(dataset_.separator, dataset_.quote) {
    if (!request.after.empty()) {
        take_position(request.after);
    }
}

void CsvSource::fail(const std::string& what) const {
    throw base::ConnectorError(options_.name, "file", base::Remedy::Stop, what);
}

std::string CsvSource::path() const {
    return (std::filesystem::path(options_.folder) / files_[file_].name).string();
}

// "size|modified|offset|line|name", or "end".
void CsvSource::take_position(const std::string& text) {
    if (text == "end") {
        file_ = files_.size();
        return;
    }
    const auto parts = base::split(text, '|');
    if (parts.size() < 5) {
        fail("the checkpoint's position is not of this connector; run the mapping with --full");
    }
    const std::string name(text.substr(static_cast<std::size_t>(parts[4].data() - text.data())));
    const auto found = std::find_if(
        files_.begin(), files_.end(), [&](const ListedFile& each) { return each.name == name; });
    if (found == files_.end() || found->size != number_of(parts[0]) ||
        found->modified != static_cast<std::int64_t>(number_of(parts[1]))) {
        fail(
            fmt::format("{} was changed or taken away while it was being read; put it back, or run "
                        "the mapping with --full",
                        name));
    }
    file_ = static_cast<std::size_t>(found - files_.begin());
    resume_offset_ = number_of(parts[2]);
    resume_line_ = number_of(parts[3]);
}

std::string CsvSource::position() const {
    if (file_ >= files_.size()) {
        return "end";
    }
    const ListedFile& file = files_[file_];
    return fmt::format("{}|{}|{}|{}|{}", file.size, file.modified, offset_, line_, file.name);
}

void CsvSource::open_file() {
    in_ = std::ifstream(path(), std::ios::binary);
    if (!in_) {
        fail(fmt::format("{} cannot be read by this user", path()));
    }
    buffer_.clear();
    used_ = 0;
    parser_.start(0, 1);
    fill();
    if (buffer_.starts_with("\xFF\xFE") || buffer_.starts_with("\xFE\xFF")) {
        fail(fmt::format("{} is UTF-16; save it as UTF-8 or GBK", path()));
    }
    if (buffer_.starts_with("\xEF\xBB\xBF")) {
        used_ = 3;
        parser_.start(3, 1);
    }
    open_ = true;
    offset_ = used_;
    line_ = 1;
    read_header();
    if (resume_offset_ > 0) {
        in_.clear();
        in_.seekg(static_cast<std::streamoff>(resume_offset_));
        buffer_.clear();
        used_ = 0;
        parser_.start(resume_offset_, resume_line_);
        offset_ = resume_offset_;
        line_ = resume_line_;
        resume_offset_ = 0;
    }
}

void CsvSource::read_header() {
    const std::size_t contract = dataset_.columns.size() - 1;
    if (!dataset_.header) {
        places_.resize(contract);
        for (std::size_t i = 0; i < contract; ++i) {
            places_[i] = i;
        }
        fields_ = contract;
        return;
    }
    CsvRecord header;
    if (!next_record(header) || !header.problem.empty()) {
        fail(fmt::format("{} has no readable header line", path()));
    }
    match_header(header);
    offset_ = header.end;
    line_ = header.next_line;
}

void CsvSource::match_header(const CsvRecord& header) {
    places_.clear();
    fields_ = header.fields.size();
    for (std::size_t i = 0; i + 1 < dataset_.columns.size(); ++i) {
        const std::string wanted = encode(dataset_.columns[i].name, dataset_.charset);
        const auto found =
            std::find_if(header.fields.begin(), header.fields.end(), [&](const CsvField& field) {
                return base::trim(field.bytes) == wanted;
            });
        if (found == header.fields.end()) {
            fail(fmt::format(
                "{} has no column '{}' in its header", path(), dataset_.columns[i].name));
        }
        places_.push_back(static_cast<std::size_t>(found - header.fields.begin()));
    }
}

bool CsvSource::fill() {
    buffer_.resize(kBufferBytes);
    in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.resize(static_cast<std::size_t>(in_.gcount()));
    used_ = 0;
    return !buffer_.empty();
}

bool CsvSource::next_record(CsvRecord& record) {
    while (true) {
        if (used_ == buffer_.size() && !fill()) {
            return parser_.finish(record);
        }
        bool done = false;
        used_ += parser_.feed(std::string_view(buffer_).substr(used_), record, done);
        if (done) {
            return true;
        }
    }
}

void CsvSource::append(base::RawBlock& block, const CsvRecord& record) const {
    const std::size_t contract = dataset_.columns.size() - 1;
    std::string problem = record.problem;
    if (problem.empty() && record.fields.size() != fields_) {
        problem = fmt::format("the record has {} fields, not {}", record.fields.size(), fields_);
    }
    for (std::size_t i = 0; i < contract; ++i) {
        if (!problem.empty()) {
            block.columns[i].append_null();
            continue;
        }
        const CsvField& field = record.fields[places_[i]];
        if (field.bytes.empty() && !field.quoted) {
            block.columns[i].append_null();
        } else {
            block.columns[i].append(field.bytes);
        }
    }
    if (problem.empty()) {
        block.columns[contract].append_null();
    } else {
        block.columns[contract].append(fmt::format("{}:{}: {}: {}",
                                                   files_[file_].name,
                                                   record.line,
                                                   problem,
                                                   record.raw.substr(0, kMostRawShown)));
    }
    ++block.rows;
}

bool CsvSource::read(base::RawBlock& block, const std::stop_token& stop) {
    block.clear();
    if (block.columns.size() != dataset_.columns.size()) {
        block.columns.resize(dataset_.columns.size());
        for (base::RawColumn& column : block.columns) {
            column.use_packed();
        }
    }
    std::size_t bytes = 0;
    CsvRecord record;
    while (file_ < files_.size() && block.rows < block_rows_ && bytes < block_bytes_) {
        if (stop.stop_requested()) {
            throw base::Stopped();
        }
        if (!open_) {
            open_file();
        }
        if (!next_record(record)) {
            ++file_;
            open_ = false;
            offset_ = 0;
            line_ = 1;
            continue;
        }
        const bool blank = record.problem.empty() && record.fields.size() == 1 &&
                           record.fields[0].bytes.empty() && !record.fields[0].quoted;
        bytes += record.end - record.begin;
        offset_ = record.end;
        line_ = record.next_line;
        if (!blank) {
            append(block, record);
        }
    }
    block.position = position();
    return block.rows > 0;
}

}  // namespace hrbridge::file
