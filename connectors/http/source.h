#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/connector.h"
#include "connectors/http/dataset.h"
#include "connectors/http/exchange.h"
#include "connectors/http/json_text.h"
#include "connectors/http/page.h"

namespace hrbridge::http {

// Reads a dataset page by page. A block's position holds the page's state and how many of its rows
// were given, with a digest of them: reading again fetches that page anew and goes on behind them.
// When its rows are no longer the same, or the server no longer has it, the dataset is read from
// its first page; behind a cursor or link that the server still has, the page is given again.
class HttpSource final : public connectors::Source {
  public:
    HttpSource(Dataset dataset,
               const Url& first,
               const Exchange::Parts& parts,
               const connectors::ReadRequest& request);

    const std::vector<base::DescribedColumn>& columns() const override { return dataset_.columns; }
    bool read(base::RawBlock& block, const std::stop_token& stop) override;
    std::vector<std::string> parts_read() const override;

  private:
    void fetch(const std::stop_token& stop);
    bool get_page(const std::stop_token& stop);
    void begin_anew();
    bool is_where_it_stood();
    void leave_page();
    void take_position(const std::string& text);
    std::string position();
    std::uint64_t sealed(std::uint64_t hash);
    void append_row(base::RawBlock& block, std::string_view row);
    void pace(std::size_t rows, const std::stop_token& stop);

    Dataset dataset_;
    Exchange::Parts parts_;
    Exchange exchange_;
    Pager first_pager_;  // as a reading begins
    Pager pager_;
    std::size_t block_rows_;
    std::size_t block_bytes_;
    std::unordered_multimap<std::string, std::size_t> by_member_;  // first token → column
    std::vector<std::optional<JsonValue>> cells_;                  // of one row
    bool end_ = false;
    bool whole_ = false;  // from the beginning, without a lower bound
    int pages_with_rows_ = 0;
    bool loaded_ = false;
    bool resumed_ = false;          // the page where an older reading stood was not fetched yet
    PageState state_;               // of the page under way
    Page page_;                     // when loaded_
    std::size_t given_ = 0;         // rows of the page
    std::uint64_t given_hash_ = 0;  // of them, when loaded_
    std::uint64_t told_ = 0;        // what the position that was taken up has of them
    std::optional<base::KeyedDigest> digest_;
};

}  // namespace hrbridge::http
