#include "connectors/http/source.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"

namespace hrbridge::http {
namespace {

// First byte of a position: a page under way, or the end.
constexpr char kPage = 'p';
constexpr char kEnd = 'e';
constexpr std::size_t kNumbers = 4;

template <typename T>
bool read_number(std::string_view text, T& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// The hash of one row more.
std::uint64_t chain(std::uint64_t hash, std::string_view row) {
    return base::hash64(fmt::format("{:016x}{:016x}", hash, base::hash64(row)));
}

std::uint64_t hash_of(const std::vector<std::string_view>& rows, std::size_t count) {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < count; ++i) {
        hash = chain(hash, rows[i]);
    }
    return hash;
}

// A cursor that has expired is refused in one of these ways.
bool is_page_gone(const base::ConnectorError& error) {
    return error.code() == "HTTP 400" || error.code() == "HTTP 404" || error.code() == "HTTP 410";
}

}  // namespace

HttpSource::HttpSource(Dataset dataset,
                       const Url& first,
                       const Exchange::Parts& parts,
                       const connectors::ReadRequest& request)
    : dataset_(std::move(dataset)),
      parts_(parts),
      exchange_(parts),
      first_pager_(dataset_.paging, first, parts.source),
      pager_(first_pager_),
      block_rows_(std::max<std::size_t>(request.block_rows, 1)),
      block_bytes_(request.block_bytes) {
    whole_ = request.after.empty() && !(request.window && request.window->from);
    for (std::size_t i = 0; i < dataset_.members.size(); ++i) {
        if (!dataset_.members[i].empty()) {
            by_member_.emplace(dataset_.members[i].front(), i);
        }
    }
    if (request.keys != nullptr) {
        digest_.emplace(request.keys->digest(connectors::kPositionPurpose));
    }
    if (!request.after.empty()) {
        take_position(request.after);
    }
}

// "p<given>,<rows before the page>,<page before was short>,<digest of the given>|<page>", or "e".
void HttpSource::take_position(const std::string& text) {
    if (text.front() == kEnd) {
        end_ = true;
        return;
    }
    const std::size_t bar = text.find('|');
    const auto numbers = base::split(std::string_view(text).substr(1, bar - 1), ',');
    int after_short = 0;
    const bool whole = text.front() == kPage && bar != std::string::npos &&
                       numbers.size() == kNumbers && read_number(numbers[0], given_) &&
                       read_number(numbers[1], state_.before) &&
                       read_number(numbers[2], after_short) && read_number(numbers[3], told_);
    if (!whole) {
        throw base::ConnectorError(
            parts_.source,
            "position",
            base::Remedy::Stop,
            "the checkpoint's position is not of this connector; run the mapping with --full");
    }
    pager_.set_after_short_page(after_short != 0);
    state_.at = text.substr(bar + 1);
    resumed_ = true;
}

// A digest of rows that may stand in a position.
std::uint64_t HttpSource::sealed(std::uint64_t hash) {
    if (!digest_) {
        return hash;
    }
    std::uint64_t out = 0;
    const std::string bytes = digest_->of(fmt::format("{:016x}", hash));
    std::memcpy(&out, bytes.data(), sizeof out);
    return out;
}

std::string HttpSource::position() {
    if (end_) {
        return std::string(1, kEnd);
    }
    return fmt::format("{}{},{},{},{}|{}",
                       kPage,
                       given_,
                       state_.before,
                       pager_.after_short_page() ? 1 : 0,
                       sealed(given_hash_),
                       state_.at);
}

// False when the page lies behind the end.
bool HttpSource::get_page(const std::stop_token& stop) {
    const Url url = pager_.url(state_);
    try {
        page_ = read_page(exchange_.get(url, stop), dataset_, url, parts_.source);
    } catch (const base::ConnectorError& error) {
        if (error.code() == "HTTP 404" && pager_.after_short_page()) {
            return false;
        }
        if (resumed_ && is_page_gone(error)) {
            begin_anew();
            pager_.enter(state_);
            return get_page(stop);
        }
        throw;
    }
    return !pager_.is_last_page_again(page_);
}

// The window is read from its first page again.
void HttpSource::begin_anew() {
    pager_ = first_pager_;
    state_ = {};
    page_ = {};
    given_ = 0;
    given_hash_ = 0;
    resumed_ = false;
}

bool HttpSource::is_where_it_stood() {
    if (given_ > page_.rows.size()) {
        return false;
    }
    given_hash_ = hash_of(page_.rows, given_);
    return given_ == 0 || sealed(given_hash_) == told_;
}

void HttpSource::fetch(const std::stop_token& stop) {
    pager_.enter(state_);
    bool there = get_page(stop);
    // Rows that left the result have drawn later ones to pages before this one. What a cursor or a
    // link leads to stays where it is.
    const bool counted =
        dataset_.paging.by == PageBy::Number || dataset_.paging.by == PageBy::Offset;
    if (resumed_ && counted && !state_.at.empty() && (!there || !is_where_it_stood())) {
        begin_anew();
        pager_.enter(state_);
        there = get_page(stop);
    }
    resumed_ = false;
    if (!there) {
        end_ = true;
        return;
    }
    if (!is_where_it_stood()) {
        given_ = 0;
        given_hash_ = 0;
    }
    loaded_ = true;
    pages_with_rows_ += page_.rows.empty() ? 0 : 1;
}

void HttpSource::leave_page() {
    const auto next = pager_.next(state_, page_);
    end_ = !next;
    state_ = next.value_or(PageState());
    page_ = {};
    given_ = 0;
    given_hash_ = 0;
    loaded_ = false;
}

void HttpSource::append_row(base::RawBlock& block, std::string_view row) {
    cells_.assign(dataset_.members.size(), std::nullopt);
    for (JsonCursor cursor{JsonValue(row)}; cursor.next();) {
        const auto columns = by_member_.equal_range(cursor.name());
        for (auto each = columns.first; each != columns.second; ++each) {
            const JsonPointer& whole = dataset_.members[each->second];
            cells_[each->second] = cursor.value().at(JsonPointer(whole.begin() + 1, whole.end()));
        }
    }
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        base::RawColumn& column = block.columns[i];
        const auto value = dataset_.members[i].empty() ? JsonValue(row) : cells_[i];
        if (!value) {
            column.append_absent();
        } else if (value->kind() == JsonKind::Null) {
            column.append_null();
        } else {
            column.append(value->text());
        }
    }
    ++block.rows;
}

bool HttpSource::read(base::RawBlock& block, const std::stop_token& stop) {
    block.clear();
    if (block.columns.size() != dataset_.columns.size()) {
        block.columns.resize(dataset_.columns.size());
        for (base::RawColumn& column : block.columns) {
            column.use_packed();
        }
    }
    std::size_t bytes = 0;
    while (!end_ && block.rows < block_rows_ && bytes < block_bytes_) {
        if (stop.stop_requested()) {
            throw base::Stopped();
        }
        if (!loaded_) {
            fetch(stop);
            continue;
        }
        if (given_ >= page_.rows.size()) {
            leave_page();
            continue;
        }
        const std::string_view row = page_.rows[given_];
        append_row(block, row);
        bytes += row.size() + (block.columns.size() * base::RawColumn::kCellRoom);
        given_hash_ = chain(given_hash_, row);
        ++given_;
    }
    block.position = position();
    pace(block.rows, stop);
    return block.rows > 0;
}

// Between one page and the next a row may move to one that was read already.
std::vector<std::string> HttpSource::parts_read() const {
    return whole_ && end_ && pages_with_rows_ == 1 ? std::vector<std::string>{""}
                                                   : std::vector<std::string>();
}

void HttpSource::pace(std::size_t rows, const std::stop_token& stop) {
    if (parts_.options.rows_per_second > 0 && rows > 0) {
        const auto microseconds =
            static_cast<std::int64_t>(rows) * 1'000'000 / parts_.options.rows_per_second;
        parts_.clock.sleep(std::chrono::microseconds(microseconds), stop);
    }
}

}  // namespace hrbridge::http
