#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "connectors/odbc/fetcher.h"
#include "connectors/odbc/layout.h"
#include "connectors/odbc/lossy_text.h"
#include "connectors/odbc/order_proof.h"
#include "connectors/odbc/page_size.h"
#include "connectors/odbc/progress.h"
#include "connectors/odbc/query.h"
#include "connectors/odbc/reading_rate.h"
#include "connectors/odbc/session.h"

namespace hrbridge::odbc {

// One reading of one dataset, in the order of its key: as one streamed statement, or in pages of
// the key where the driver would hold the whole result. A window that is read in pages may go by
// its watermark and then by the key (window_order.h).
class Reader final : public connectors::Source {
  public:
    // Prepares the query and describes its columns. Throws base::ConnectorError (Stop) when query
    // and key do not fit, or rows would come faster than `rate` says.
    Reader(HeldSession session,
           Dataset dataset,
           const connectors::ReadRequest& request,
           ReadingRate rate);

    const std::vector<base::DescribedColumn>& columns() const override { return described_; }
    // Throws base::Stopped when `stop` is requested; a query under way is cancelled.
    bool read(base::RawBlock& block, const std::stop_token& stop) override;
    std::vector<std::string> parts_read() const override;

  private:
    bool in_pages() const { return !session_.dialect.streams && !dataset_.key.empty(); }
    std::int64_t first_page_rows() const;
    Sql build_query() const;
    void prepare_page();
    void check_text(const base::RawBlock& block);
    void set_up_conditions(const connectors::ReadRequest& request);
    void order_by_watermark(const std::string& name);
    bool turn_to_watermark(const connectors::ReadRequest& request);
    void check_watermark(const std::string& name) const;
    std::vector<std::size_t> find_key() const;
    void check_rate() const;
    void ask_for_rows(const std::stop_token& stop);
    void give_back_rest();
    void execute(const std::stop_token& stop);
    // New rows; false at the end of the whole reading.
    bool fetch_new(base::RawBlock& block, const std::stop_token& stop);
    bool fetch(base::RawBlock& block, const std::stop_token& stop);
    bool is_of_this_order(const Position& position) const;
    OrderProof::Parts parts_of_proof();
    base::KeyedDigest* digest() { return digest_ ? &*digest_ : nullptr; }
    void begin_at(Position position);
    void prove_order(const std::stop_token& stop);
    void take(base::RawBlock& block, const std::stop_token& stop);
    bool go_on(const std::stop_token& stop);
    bool next_page(const std::stop_token& stop);
    [[noreturn]] void fail_in_mapping(std::string_view what) const;
    void measure(const base::RawBlock& block);

    HeldSession held_;
    Session& session_;
    Dataset dataset_;
    ReadingRate rate_;
    BlockBounds bounds_;
    Sql window_;
    std::vector<std::string> key_sql_;  // ORDER BY and page conditions
    std::string order_;
    Position start_;
    Statement statement_;
    Layout layout_;
    std::vector<base::DescribedColumn> described_;
    std::unique_ptr<Fetcher> fetcher_;
    std::vector<std::size_t> key_;
    std::optional<base::KeyedDigest> digest_;  // of ties in positions
    std::optional<Progress> progress_;
    std::optional<OrderProof> proof_;
    std::optional<LossyText> lossy_;
    bool proven_ = false;    // at the first place that the reading goes on from
    bool advanced_ = false;  // the page under way has brought something new
    bool executed_ = false;
    bool whole_ = false;  // from the beginning, without a lower bound
    bool any_rows_ = false;
    bool many_pages_ = false;

    std::function<void()> may_ask_;
    PageSize pages_;
    std::int64_t page_rows_ = 0;                        // asked of the page under way
    std::int64_t taken_rows_ = 0;                       // from the rate, and not come yet
    std::chrono::steady_clock::time_point page_begin_;  // when its first rows came
};

}  // namespace hrbridge::odbc
