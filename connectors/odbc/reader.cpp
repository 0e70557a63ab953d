#include "connectors/odbc/reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

constexpr std::int64_t kMostPageRows = 20'000;
constexpr std::int64_t kFewestPageRows = 100;
constexpr std::int64_t kFirstWidePageRows = 500;
// What a driver may hold of a page.
constexpr std::int64_t kPageBytes = 8LL << 20;

std::string sql_of(const Dataset& dataset, const Dialect& dialect, const std::string& column) {
    const auto found = dataset.expressions.find(base::to_lower_ascii(column));
    return found == dataset.expressions.end() ? column_name(dialect, column) : found->second;
}

}  // namespace

Reader::Reader(Session session,
               Dataset dataset,
               const connectors::ReadRequest& request,
               Pacer pacer,
               std::shared_ptr<void> slot)
    : slot_(std::move(slot)),
      session_(std::move(session)),
      dataset_(std::move(dataset)),
      pacer_(pacer),
      bounds_{pacer_.most_at_once(std::max<std::size_t>(1, request.block_rows)),
              request.block_bytes},
      statement_(*session_.connection) {
    set_up_conditions(request);
    page_rows_ = in_pages() ? kFirstWidePageRows : 0;
    statement_.prepare(build_query());
    if (statement_.column_count() == 0) {
        // This driver describes a result only when it has one.
        statement_.execute();
        executed_ = true;
    }
    layout_ = plan_layout(statement_, session_.dialect);
    if (layout_.columns.empty()) {
        session_.connection->fail(
            "HY000", base::Remedy::Stop, dataset_.place + ": the query gives no columns");
    }
    for (const ColumnPlan& plan : layout_.columns) {
        described_.push_back(described_column(plan.described));
    }
    fetcher_ = make_fetcher(layout_);
    progress_.emplace(layout_, find_key(), start_);
}

void Reader::set_up_conditions(const connectors::ReadRequest& request) {
    const auto fault = [this](std::string_view what) {
        session_.connection->fail(
            "mapping", base::Remedy::Stop, fmt::format("{}: {}", dataset_.place, what));
    };
    const auto zone = base::Zone::find(request.zone);
    if (!zone) {
        fault("the machine does not know the source's time zone");
    }
    window_.text = "1=1";
    if (request.window) {
        if (!dataset_.query.has_window()) {
            fault("the mapping has a window, but its query lacks {window}");
        }
        window_ = window_condition(session_.dialect,
                                   sql_of(dataset_, session_.dialect, request.window->column),
                                   *request.window,
                                   *zone);
    }
    for (const std::string& column : dataset_.key) {
        key_sql_.push_back(sql_of(dataset_, session_.dialect, column));
    }
    order_ = order_clause(key_sql_);
    if (!request.after.empty()) {
        const auto position = Position::decode(request.after);
        if (!position || position->key.size() != dataset_.key.size()) {
            fault("the checkpoint's position is of another key; read the source in full again");
        }
        start_ = *position;
    }
}

Sql Reader::build_query() const {
    const Position& at = progress_ ? progress_->position() : start_;
    const Sql page = page_condition(session_.dialect, key_sql_, at.key);
    const std::string limit = in_pages() ? limit_clause(session_.dialect, page_rows_) : "";
    return dataset_.query.render(window_, page, order_ + limit);
}

std::vector<std::size_t> Reader::find_key() const {
    std::vector<std::size_t> key;
    for (const std::string& name : dataset_.key) {
        const auto found = std::find_if(
            layout_.columns.begin(), layout_.columns.end(), [&name](const ColumnPlan& plan) {
                return base::to_lower_ascii(plan.described.name) == base::to_lower_ascii(name);
            });
        if (found == layout_.columns.end()) {
            session_.connection->fail(
                "mapping",
                base::Remedy::Stop,
                fmt::format(
                    "{}: the query does not select its key column {}", dataset_.place, name));
        }
        if (is_float_type(found->described.sql_type) && session_.dialect.exact_sizes) {
            session_.connection->fail(
                "mapping",
                base::Remedy::Stop,
                fmt::format("{}: key column {} is a floating-point number, which no text form "
                            "finds again; choose another key",
                            dataset_.place,
                            name));
        }
        key.push_back(static_cast<std::size_t>(found - layout_.columns.begin()));
    }
    return key;
}

void Reader::execute(const std::stop_token& stop) {
    if (executed_) {
        return;
    }
    const std::stop_callback cancel(stop, [this] { statement_.cancel(); });
    statement_.execute();
    executed_ = true;
}

bool Reader::fetch(base::RawBlock& block, const std::stop_token& stop) {
    const std::stop_callback cancel(stop, [this] { statement_.cancel(); });
    return fetcher_->fetch(statement_, block, bounds_);
}

void Reader::measure(const base::RawBlock& block) {
    std::int64_t bytes = 0;
    for (const base::RawColumn& column : block.columns) {
        for (std::size_t row = 0; row < block.rows; ++row) {
            bytes += static_cast<std::int64_t>(column.cell(row).size());
        }
    }
    bytes_seen_ += bytes;
    rows_seen_ += static_cast<std::int64_t>(block.rows);
    page_seen_ += static_cast<std::int64_t>(block.rows);
}

bool Reader::next_page() {
    if (!in_pages() || page_seen_ < page_rows_) {
        return false;
    }
    const std::int64_t width = std::max<std::int64_t>(1, bytes_seen_ / rows_seen_);
    progress_->expect_ties();
    page_rows_ = std::clamp(kPageBytes / width, kFewestPageRows, kMostPageRows) +
                 static_cast<std::int64_t>(progress_->position().ties.size());
    page_seen_ = 0;
    statement_.reset();
    statement_.prepare(build_query());
    executed_ = false;
    return true;
}

bool Reader::fetch_new(base::RawBlock& block, const std::stop_token& stop) {
    for (;;) {
        if (!pacer_.wait(stop)) {
            throw base::Stopped();
        }
        execute(stop);
        if (!fetch(block, stop)) {
            if (!next_page()) {
                return false;
            }
            continue;
        }
        pacer_.count(block.rows);
        if (in_pages()) {
            measure(block);
        }
        progress_->leave_out(block);
        if (block.rows > 0) {
            return true;
        }
    }
}

bool Reader::read(base::RawBlock& block, const std::stop_token& stop) {
    try {
        if (!fetch_new(block, stop)) {
            return false;
        }
    } catch (const base::ConnectorError&) {
        if (stop.stop_requested()) {
            throw base::Stopped();
        }
        throw;
    }
    if (!progress_->advance(block)) {
        session_.connection->fail("mapping",
                                  base::Remedy::Stop,
                                  dataset_.place +
                                      ": more than 10,000 rows share one key; choose a key that "
                                      "identifies a row");
    }
    block.position = progress_->position().encode();
    return true;
}

}  // namespace hrbridge::odbc
