#include "connectors/http/source.h"

#include <charconv>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::http {
namespace {

constexpr std::size_t kMostPages = 10'000'000;
// First byte of a position: a page under way, or the end.
constexpr char kPage = 'p';
constexpr char kEnd = 'e';

// The address of rel="next" in a Link header (RFC 8288); empty when there is none.
std::string next_link(std::string_view header) {
    for (std::size_t at = header.find('<'); at != std::string_view::npos;
         at = header.find('<', at + 1)) {
        const std::size_t close = header.find('>', at);
        if (close == std::string_view::npos) {
            return {};
        }
        const std::size_t end = std::min(header.find('<', close), header.size());
        const std::string parameters = base::to_lower_ascii(header.substr(close, end - close));
        if (parameters.find("rel=\"next\"") != std::string::npos ||
            parameters.find("rel=next") != std::string::npos) {
            return std::string(header.substr(at + 1, close - at - 1));
        }
    }
    return {};
}

std::int64_t number_of(const std::string& text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

HttpSource::HttpSource(Dataset dataset,
                       Url first,
                       const Exchange::Parts& parts,
                       const connectors::ReadRequest& request)
    : dataset_(std::move(dataset)),
      first_(std::move(first)),
      parts_(parts),
      exchange_(parts),
      block_rows_(std::max<std::size_t>(request.block_rows, 1)),
      block_bytes_(request.block_bytes) {
    if (!request.after.empty()) {
        take_position(request.after);
    }
}

void HttpSource::fail(const std::string& what) const {
    throw base::ConnectorError(parts_.source, "page", base::Remedy::Stop, what);
}

void HttpSource::take_position(const std::string& text) {
    if (text.front() == kEnd) {
        end_ = true;
        return;
    }
    const std::size_t bar = text.find('|');
    if (text.front() != kPage || bar == std::string::npos) {
        fail("the checkpoint's position is not of this connector; run the mapping with --full");
    }
    given_ = static_cast<std::size_t>(number_of(text.substr(1, bar - 1)));
    state_ = text.substr(bar + 1);
}

std::string HttpSource::position() const {
    return end_ ? std::string(1, kEnd) : fmt::format("{}{}|{}", kPage, given_, state_);
}

Url HttpSource::page_url() const {
    const Paging& paging = dataset_.paging;
    Url url = first_;
    const char separator = url.target.find('?') == std::string::npos ? '?' : '&';
    switch (paging.by) {
        case PageBy::None:
            return url;
        case PageBy::Number:
        case PageBy::Offset:
            url.target += fmt::format("{}{}={}",
                                      separator,
                                      percent_encode(paging.param),
                                      state_.empty() ? std::to_string(paging.start) : state_);
            return url;
        case PageBy::Cursor:
            if (!state_.empty()) {
                url.target += fmt::format(
                    "{}{}={}", separator, percent_encode(paging.param), percent_encode(state_));
            }
            return url;
        case PageBy::Link: {
            if (state_.empty()) {
                return url;
            }
            const auto next = first_.resolve(state_);
            if (!next || next->origin != first_.origin) {
                fail("the Link header leads to another server, which is not followed");
            }
            return *next;
        }
    }
    return url;
}

void HttpSource::fetch(const std::stop_token& stop) {
    if (!seen_states_.insert(state_).second || seen_states_.size() > kMostPages) {
        fail("the server gives the same page marker again: paging would never end");
    }
    const Url url = page_url();
    const Response response = exchange_.get(url, stop);
    take_page(response, url);
    loaded_ = true;
}

void HttpSource::take_page(const Response& response, const Url& url) {
    body_ = response.body;
    rows_.clear();
    try {
        const JsonValue document = check_json(body_);
        const auto array = document.at(dataset_.rows);
        if (!array || array->kind() != JsonKind::Array) {
            fail(fmt::format("the answer of {} has no array where `rows:` points", url.path()));
        }
        for (JsonCursor cursor(*array); cursor.next();) {
            if (cursor.value().kind() != JsonKind::Object) {
                fail(fmt::format(
                    "element {} of the rows of {} is no object", rows_.size() + 1, url.path()));
            }
            rows_.push_back(cursor.value().raw());
        }
        find_next(document, response, url, rows_.size());
    } catch (const JsonError& error) {
        throw base::ConnectorError(
            parts_.source,
            "json",
            base::Remedy::Stop,
            fmt::format(
                "{} at byte {} of the answer of {}", error.what(), error.offset(), url.path()));
    }
}

void HttpSource::find_next(const JsonValue& document,
                           const Response& response,
                           const Url& url,
                           std::size_t rows) {
    const Paging& paging = dataset_.paging;
    const auto count = static_cast<std::int64_t>(rows);
    more_ = false;
    next_state_.clear();
    const bool last_by_size = rows == 0 || (paging.size > 0 && count < paging.size);
    if (paging.by == PageBy::Number || paging.by == PageBy::Offset) {
        const std::int64_t now = state_.empty() ? paging.start : number_of(state_);
        more_ = !last_by_size;
        next_state_ = std::to_string(paging.by == PageBy::Number ? now + 1 : now + count);
        const std::string digest = base::sha256(body_);
        if (more_ && digest == last_digest_) {
            fail(fmt::format("{} gives the same page for different page parameters", url.path()));
        }
        last_digest_ = digest;
    } else if (paging.by == PageBy::Cursor) {
        const auto cursor = document.at(paging.cursor_at);
        if (cursor && cursor->kind() != JsonKind::Null) {
            next_state_ = cursor->text();
        }
        more_ = !next_state_.empty();
    } else if (paging.by == PageBy::Link) {
        const std::string link = next_link(response.header("link"));
        if (!link.empty()) {
            const auto next = url.resolve(link);
            next_state_ = next ? next->text() : link;
            more_ = true;
        }
    }
}

void HttpSource::append_row(base::RawBlock& block, const JsonValue& row) const {
    for (std::size_t i = 0; i < dataset_.members.size(); ++i) {
        const auto value = row.at(dataset_.members[i]);
        base::RawColumn& column = block.columns[i];
        if (!value) {
            column.append_absent();
        } else if (value->kind() == JsonKind::Null) {
            column.append_null();
        } else {
            column.append(value->text());
        }
    }
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
        }
        while (given_ < rows_.size() && block.rows < block_rows_ && bytes < block_bytes_) {
            bytes += rows_[given_].size();
            append_row(block, JsonValue(rows_[given_]));
            ++given_;
            ++block.rows;
        }
        if (given_ >= rows_.size()) {
            end_ = !more_;
            state_ = next_state_;
            given_ = 0;
            loaded_ = false;
        }
    }
    block.position = position();
    pace(block.rows, stop);
    return block.rows > 0;
}

void HttpSource::pace(std::size_t rows, const std::stop_token& stop) {
    if (parts_.options.rows_per_second > 0 && rows > 0) {
        const auto microseconds =
            static_cast<std::int64_t>(rows) * 1'000'000 / parts_.options.rows_per_second;
        parts_.clock.sleep(std::chrono::microseconds(microseconds), stop);
    }
}

}  // namespace hrbridge::http
