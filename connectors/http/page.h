#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "connectors/http/dataset.h"
#include "connectors/http/message.h"
#include "connectors/http/url.h"

namespace hrbridge::http {

// One answer, taken apart as far as paging needs it.
struct Page {
    std::unique_ptr<const std::string> body;  // what `rows` look into
    std::vector<std::string_view> rows;       // JSON objects
    std::uint64_t digest = 0;                 // of all rows
    std::optional<std::int64_t> total;        // rows of the whole dataset, as the server says
    std::string cursor;                       // of the next page; empty: none
    std::string link;                         // rel="next", as sent; empty: none
};

// Throws base::ConnectorError (Stop) that names the address' path and the byte.
Page read_page(Response response,
               const Dataset& dataset,
               const Url& url,
               const std::string& source);

// Which page.
struct PageState {
    std::string at;           // number, offset, cursor or address; empty: the first page
    std::int64_t before = 0;  // rows on the pages before it
};

// Walks the pages of one reading. A short page ends it only when the server has once filled a page
// (else the server may have its own, smaller size); otherwise an empty page ends it, or one that
// the server does not have, or the total. Throws base::ConnectorError when the server goes round in
// circles or gives fewer rows than it has promised.
class Pager {
  public:
    Pager(Paging paging, Url first, std::string source)
        : paging_(std::move(paging)), first_(std::move(first)), source_(std::move(source)) {}

    Url url(const PageState& state) const;
    // Call for each page before it is asked for.
    void enter(const PageState& state);
    // The page before was short, so that this one may lie behind the end.
    bool after_short_page() const { return after_short_page_; }
    void set_after_short_page(bool value) { after_short_page_ = value; }
    // The server gives its last page again for every page behind it.
    bool is_last_page_again(const Page& page) const;
    // nullopt: there is no page behind this one.
    std::optional<PageState> next(const PageState& state, const Page& page);

  private:
    [[noreturn]] void fail(const std::string& what) const;
    void expect_new(const Page& page);
    std::optional<std::string> next_by_count(const PageState& state, const Page& page);
    std::optional<std::string> next_by_mark(const PageState& state, const Page& page) const;

    Paging paging_;
    Url first_;
    std::string source_;
    bool full_page_seen_ = false;
    bool after_short_page_ = false;
    std::uint64_t last_digest_ = 0;
    std::size_t empty_pages_ = 0;  // one behind another
    std::unordered_set<std::uint64_t> states_;
    std::unordered_set<std::uint64_t> pages_;
};

}  // namespace hrbridge::http
