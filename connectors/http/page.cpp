#include "connectors/http/page.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "connectors/http/json_text.h"
#include "daemon/base/error.h"
#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"

namespace hrbridge::http {
namespace {

constexpr std::size_t kMostPages = 10'000'000;
constexpr std::size_t kMostEmptyPages = 1000;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

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

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(number) : std::nullopt;
}

std::string text_at(const JsonValue& document, const JsonPointer& pointer) {
    const auto value = pointer.empty() ? std::nullopt : document.at(pointer);
    return value && value->kind() != JsonKind::Null ? value->text() : std::string();
}

// What is wrong with the rows' array; empty when nothing is.
std::string take_rows(const std::optional<JsonValue>& array, Page& page) {
    if (!array || array->kind() != JsonKind::Array) {
        return "has no array where `rows:` points";
    }
    for (JsonCursor cursor(*array); cursor.next();) {
        if (cursor.value().kind() != JsonKind::Object) {
            return fmt::format("has a row (number {}) that is no JSON object",
                               page.rows.size() + 1);
        }
        page.rows.push_back(cursor.value().raw());
    }
    page.digest = base::hash64(array->raw());
    return {};
}

}  // namespace

Page read_page(Response response,
               const Dataset& dataset,
               const Url& url,
               const std::string& source) {
    const auto fail = [&](const std::string& what) {
        throw base::ConnectorError(source,
                                   "json",
                                   base::Remedy::Stop,
                                   fmt::format("the answer of {} {}", url.path(), what));
    };
    Page page;
    page.link = next_link(response.header("link"));
    page.body = std::make_unique<const std::string>(std::move(response.body));
    const bool marked = page.body->starts_with(kByteOrderMark);
    const std::size_t skipped = marked ? kByteOrderMark.size() : 0;
    try {
        const JsonValue document = check_json(std::string_view(*page.body).substr(skipped));
        const std::string problem = take_rows(document.at(dataset.rows), page);
        if (!problem.empty()) {
            fail(problem);
        }
        page.cursor = text_at(document, dataset.paging.cursor_at);
        const std::string total = text_at(document, dataset.paging.total_at);
        page.total = number_of(total);
        if (!total.empty() && !page.total) {
            fail("has no whole number where `total_at:` points");
        }
    } catch (const JsonError& error) {
        fail(fmt::format(
            "is no JSON that can be read: {} at byte {}", error.what(), error.offset() + skipped));
    }
    return page;
}

void Pager::fail(const std::string& what) const {
    throw base::ConnectorError(
        source_, "paging", base::Remedy::Stop, fmt::format("{}: {}", first_.path(), what));
}

Url Pager::url(const PageState& state) const {
    Url url = first_;
    const char separator = url.target.find('?') == std::string::npos ? '?' : '&';
    std::string value = state.at;
    switch (paging_.by) {
        case PageBy::None:
            return url;
        case PageBy::Number:
        case PageBy::Offset:
            value = value.empty() ? std::to_string(paging_.start) : value;
            break;
        case PageBy::Cursor:
            break;
        case PageBy::Link: {
            const auto next = value.empty() ? first_ : first_.resolve(value);
            if (!next || next->origin != first_.origin) {
                fail("the Link header leads to another server, which is not followed");
            }
            return *next;
        }
    }
    if (!value.empty()) {
        url.target +=
            fmt::format("{}{}={}", separator, percent_encode(paging_.param), percent_encode(value));
    }
    return url;
}

void Pager::enter(const PageState& state) {
    if (!states_.insert(base::hash64(state.at)).second || states_.size() > kMostPages) {
        fail("the server leads back to a page that was read already: paging would never end");
    }
}

bool Pager::is_last_page_again(const Page& page) const {
    return after_short_page_ && !page.rows.empty() && page.digest == last_digest_;
}

void Pager::expect_new(const Page& page) {
    if (page.rows.empty()) {
        if (++empty_pages_ > kMostEmptyPages) {
            fail(fmt::format("{} empty pages one behind another", empty_pages_));
        }
        return;
    }
    empty_pages_ = 0;
    if (!pages_.insert(page.digest).second) {
        fail("the server gives the same rows again for another page; check `paging:`");
    }
}

std::optional<std::string> Pager::next_by_count(const PageState& state, const Page& page) {
    const auto count = static_cast<std::int64_t>(page.rows.size());
    const bool is_short = paging_.size > 0 && count < paging_.size;
    full_page_seen_ = full_page_seen_ || (paging_.size > 0 && !is_short);
    after_short_page_ = is_short;
    const bool all = page.total ? state.before + count >= *page.total : is_short && full_page_seen_;
    if (count == 0 || all) {
        return std::nullopt;
    }
    const std::int64_t here =
        state.at.empty() ? paging_.start : number_of(state.at).value_or(paging_.start);
    return std::to_string(here + (paging_.by == PageBy::Number ? 1 : count));
}

std::optional<std::string> Pager::next_by_mark(const PageState& state, const Page& page) const {
    if (paging_.by == PageBy::Cursor) {
        return page.cursor.empty() ? std::nullopt : std::optional(page.cursor);
    }
    if (paging_.by != PageBy::Link || page.link.empty()) {
        return std::nullopt;
    }
    const auto next = url(state).resolve(page.link);
    if (!next) {
        fail("the Link header holds no address");
    }
    return next->text();
}

std::optional<PageState> Pager::next(const PageState& state, const Page& page) {
    expect_new(page);
    last_digest_ = page.digest;
    const bool by_count = paging_.by == PageBy::Number || paging_.by == PageBy::Offset;
    auto at = by_count ? next_by_count(state, page) : next_by_mark(state, page);
    const std::int64_t read = state.before + static_cast<std::int64_t>(page.rows.size());
    if (at) {
        return PageState{std::move(*at), read};
    }
    if (page.total && read < *page.total) {
        throw base::ConnectorError(
            source_,
            "incomplete",
            base::Remedy::Retry,
            fmt::format("{} ended after {} rows, but says that there are {}; when this stays so, "
                        "check `paging:` or leave `total_at` out",
                        first_.path(),
                        read,
                        *page.total));
    }
    return std::nullopt;
}

}  // namespace hrbridge::http
