#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "connectors/http/dataset.h"
#include "connectors/http/exchange.h"

namespace hrbridge::http {

// Reads a dataset page by page. A block's position holds the page's state (number, offset, cursor
// or address) and how many of its rows were given; reading again fetches that page anew.
class HttpSource final : public connectors::Source {
  public:
    HttpSource(Dataset dataset,
               Url first,
               const Exchange::Parts& parts,
               const connectors::ReadRequest& request);

    const std::vector<base::DescribedColumn>& columns() const override { return dataset_.columns; }
    bool read(base::RawBlock& block, const std::stop_token& stop) override;

  private:
    void fetch(const std::stop_token& stop);
    void take_page(const Response& response, const Url& url);
    void find_next(const JsonValue& document,
                   const Response& response,
                   const Url& url,
                   std::size_t rows);
    Url page_url() const;
    void take_position(const std::string& text);
    std::string position() const;
    void append_row(base::RawBlock& block, const JsonValue& row) const;
    void pace(std::size_t rows, const std::stop_token& stop);
    [[noreturn]] void fail(const std::string& what) const;

    Dataset dataset_;
    Url first_;
    Exchange::Parts parts_;
    Exchange exchange_;
    std::size_t block_rows_;
    std::size_t block_bytes_;
    std::string state_;       // of the page under way; empty: the first
    std::string next_state_;  // of the page behind it
    bool more_ = true;        // there is a page behind it
    bool end_ = false;
    bool loaded_ = false;
    std::size_t given_ = 0;  // rows of the page
    std::string body_;
    std::vector<std::string_view> rows_;  // of the page, into body_
    std::set<std::string> seen_states_;
    std::string last_digest_;
};

}  // namespace hrbridge::http
