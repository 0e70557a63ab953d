#include "connectors/file/file_source.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "connectors/file/csv_file.h"
#include "connectors/file/xlsx_file.h"
#include "daemon/base/error.h"
#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"

namespace hrbridge::file {
namespace {

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
constexpr std::size_t kPositionParts = 7;
constexpr std::size_t kOwnColumns = 2;  // behind those of the headers: place, malformed
constexpr const char* kEnd = "end";

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(number) : std::nullopt;
}

// A file as it was listed. The seconds of a copied file's time may be those of the one it replaces,
// so all three count.
std::string identity_of(const ListedFile& file) {
    return fmt::format("{:016x}",
                       base::hash64(fmt::format("{}|{}|{}", file.size, file.modified, file.name)));
}

bool is_blank(const CsvRecord& record) {
    return record.problem.empty() && record.fields.size() == 1 && record.fields[0].bytes.empty() &&
           !record.fields[0].quoted;
}

}  // namespace

FileSource::FileSource(Place place,
                       Dataset dataset,
                       std::vector<ListedFile> files,
                       const connectors::ReadRequest& request)
    : place_(std::move(place)),
      dataset_(std::move(dataset)),
      files_(std::move(files)),
      block_rows_(std::max<std::size_t>(request.block_rows, 1)),
      block_bytes_(request.block_bytes) {
    std::transform(files_.begin(), files_.end(), std::back_inserter(identities_), identity_of);
    first_ = first_unread(request.memory);
    file_ = first_;
    if (!request.after.empty()) {
        take_position(request.after);
    }
    describe();
}

std::size_t FileSource::first_unread(const std::string& memory) const {
    const auto read = base::split(memory, ',');
    const std::set<std::string_view> known(read.begin(), read.end());
    const auto first = std::find_if(identities_.begin(),
                                    identities_.end(),
                                    [&](const std::string& file) { return !known.contains(file); });
    return static_cast<std::size_t>(first - identities_.begin());
}

std::string FileSource::memory() const {
    return fmt::format("{}", fmt::join(identities_, ","));
}

// A position of this reading names the files before it, so that those are the ones that were read.
std::vector<std::string> FileSource::parts_read() const {
    std::vector<std::string> names;
    std::transform(files_.begin() + static_cast<std::ptrdiff_t>(first_),
                   files_.end(),
                   std::back_inserter(names),
                   [](const ListedFile& each) { return each.name; });
    return names;
}

std::uint64_t FileSource::hash_of_files_before(std::size_t file) const {
    const auto end = identities_.begin() + static_cast<std::ptrdiff_t>(file);
    return base::hash64(fmt::format("{}", fmt::join(identities_.begin(), end, ",")));
}

void FileSource::fail(const std::string& what) const {
    throw base::ConnectorError(place_.source, "file", base::Remedy::Stop, what);
}

std::unique_ptr<RecordFile> FileSource::make_file(std::size_t file) const {
    if (dataset_.format == Format::Xlsx) {
        return std::make_unique<XlsxFile>(place_, dataset_, files_[file]);
    }
    return std::make_unique<CsvFile>(place_, dataset_, files_[file]);
}

void FileSource::describe() {
    const auto add = [this](const std::string& name) {
        const auto found = std::find_if(
            columns_.begin(), columns_.end(), [&](const auto& each) { return each.name == name; });
        if (found == columns_.end()) {
            columns_.push_back({name, "", 0, 0, true});
        }
    };
    headers_.assign(files_.size(), dataset_.contract);
    for (std::size_t i = file_; !dataset_.header && i < files_.size(); ++i) {
        if (files_[i].size == 0) {
            empty_.push_back(files_[i].name);
        }
    }
    for (std::size_t i = file_; dataset_.header && i < files_.size(); ++i) {
        auto file = make_file(i);
        headers_[i] = file->read_header();
        if (headers_[i].empty()) {
            empty_.push_back(files_[i].name);
        }
        std::for_each(headers_[i].begin(), headers_[i].end(), add);
        if (i == file_) {
            described_ = std::move(file);
        }
    }
    if (dataset_.header) {
        for (const std::string& column : dataset_.contract) {
            expect_in_each(column);
        }
    }
    if (columns_.empty()) {
        std::for_each(dataset_.contract.begin(), dataset_.contract.end(), add);
    }
    add(std::string(base::kPlaceColumn));
    add(std::string(base::kMalformedColumn));
}

// What no file has is drift of the whole; what one lacks would be taken for empty in its rows
// alone.
void FileSource::expect_in_each(const std::string& column) const {
    const auto has = [&](std::size_t file) {
        const std::vector<std::string>& names = headers_[file];
        return std::find(names.begin(), names.end(), column) != names.end();
    };
    const auto lacks = [&](std::size_t file) { return !headers_[file].empty() && !has(file); };
    std::size_t with = file_;
    while (with < files_.size() && !has(with)) {
        ++with;
    }
    for (std::size_t i = file_; with < files_.size() && i < files_.size(); ++i) {
        if (lacks(i)) {
            fail(
                fmt::format("{} has no column {}, which {} has: its rows would come without it; "
                            "correct its header, or give files with other columns a mapping of "
                            "their own by `files:`",
                            named(files_[i].name),
                            column,
                            named(files_[with].name)));
        }
    }
}

// "size|modified|offset|line|broken_until|files before|name", or "end|all files".
void FileSource::take_position(const std::string& text) {
    if (text.rfind(kEnd, 0) == 0) {
        if (text == end_position()) {
            file_ = files_.size();
        }
        return;
    }
    const auto parts = base::split(text, '|');
    if (parts.size() < kPositionParts) {
        fail("the checkpoint's position is not of this connector; run the mapping with --full");
    }
    const std::string name = text.substr(static_cast<std::size_t>(parts[6].data() - text.data()));
    const auto found = std::find_if(
        files_.begin(), files_.end(), [&](const ListedFile& each) { return each.name == name; });
    if (found == files_.end() || parts[0] != std::to_string(found->size) ||
        parts[1] != std::to_string(found->modified)) {
        fail(
            fmt::format("{} was changed or taken away while it was being read; put it back, or run "
                        "the mapping with --full",
                        named(name)));
    }
    const auto file = static_cast<std::size_t>(found - files_.begin());
    const auto before = number_of(parts[5]);
    if (before && *before != hash_of_files_before(file)) {
        return;  // files came or changed before it: they are read now, and the others again
    }
    file_ = file;
    const auto offset = number_of(parts[2]);
    const auto line = number_of(parts[3]);
    const auto broken_until = number_of(parts[4]);
    if (!offset || !line || !broken_until || !before) {
        fail("the checkpoint's position is not of this connector; run the mapping with --full");
    }
    resume_ = Spot{*offset, *line, *broken_until};
}

std::string FileSource::end_position() const {
    return fmt::format("{}|{}", kEnd, hash_of_files_before(files_.size()));
}

std::string FileSource::position() const {
    if (file_ >= files_.size()) {
        return end_position();
    }
    const ListedFile& file = files_[file_];
    const Spot spot = open_ ? open_->spot() : resume_.value_or(Spot());
    return fmt::format("{}|{}|{}|{}|{}|{}|{}",
                       file.size,
                       file.modified,
                       spot.offset,
                       spot.line,
                       spot.broken_until,
                       hash_of_files_before(file_),
                       file.name);
}

void FileSource::open_file() {
    const bool behind_header = described_ != nullptr;
    open_ = behind_header ? std::move(described_) : make_file(file_);
    const std::vector<std::string>& names = headers_[file_];
    places_.clear();
    for (std::size_t i = 0; i + kOwnColumns < columns_.size(); ++i) {
        const auto found = std::find(names.begin(), names.end(), columns_[i].name);
        places_.push_back(found == names.end() ? kNowhere
                                               : static_cast<std::size_t>(found - names.begin()));
    }
    if (dataset_.header && !behind_header) {
        open_->read_header();
    }
    if (resume_ && resume_->offset > 0) {
        open_->go_to(*resume_);
    }
    resume_.reset();
}

void FileSource::append(base::RawBlock& block, const CsvRecord& record) const {
    const std::size_t fields = headers_[file_].size();
    std::string problem = record.problem;
    if (problem.empty() && record.fields.size() != fields) {
        problem = fmt::format("the record has {} fields, not {}", record.fields.size(), fields);
    }
    ++block.rows;
    const std::string place = fmt::format("{}:{}", files_[file_].name, record.line);
    block.columns[places_.size()].append(place);
    base::RawColumn& malformed = block.columns.back();
    if (!problem.empty()) {
        malformed.append(fmt::format("{}: {}\n{}", place, problem, record.raw));
    } else {
        malformed.append_absent();
    }
    for (std::size_t i = 0; i < places_.size(); ++i) {
        base::RawColumn& column = block.columns[i];
        if (!problem.empty() || places_[i] == kNowhere) {
            column.append_absent();
            continue;
        }
        const CsvField& field = record.fields[places_[i]];
        if (field.bytes.empty() && !field.quoted) {
            column.append_null();
        } else {
            column.append(field.bytes);
        }
    }
}

bool FileSource::read(base::RawBlock& block, const std::stop_token& stop) {
    block.clear();
    if (block.columns.size() != columns_.size()) {
        block.columns.resize(columns_.size());
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
        if (!open_->next(record)) {
            open_->expect_unchanged();
            open_.reset();
            ++file_;
            continue;
        }
        bytes += (record.end - record.begin) + (block.columns.size() * base::RawColumn::kCellRoom);
        if (headers_[file_].size() == 1 || !is_blank(record)) {
            append(block, record);
        }
    }
    if (open_) {
        open_->expect_unchanged();
    }
    block.position = position();
    return block.rows > 0;
}

}  // namespace hrbridge::file
