#include "connectors/odbc/reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "connectors/odbc/key_sql.h"
#include "connectors/odbc/nullable.h"
#include "connectors/odbc/window_order.h"
#include "connectors/odbc/written_cells.h"

namespace hrbridge::odbc {
namespace {

std::size_t rows_of_block(const ReadingRate& rate, std::size_t wanted) {
    const std::size_t most = std::max<std::size_t>(1, wanted);
    return static_cast<std::size_t>(rate.at_once(static_cast<std::int64_t>(most)));
}

}  // namespace

Reader::Reader(HeldSession session,
               Dataset dataset,
               const connectors::ReadRequest& request,
               ReadingRate rate)
    : held_(std::move(session)),
      session_(held_.session),
      dataset_(std::move(dataset)),
      rate_(std::move(rate)),
      bounds_{rows_of_block(rate_, request.block_rows), request.block_bytes},
      statement_(*session_.connection),
      may_ask_(request.may_ask),
      pages_(session_.dialect, session_.query_seconds, rate_.at_once_or_none()) {
    check_rate();
    if (request.keys != nullptr) {
        digest_.emplace(request.keys->digest(connectors::kPositionPurpose));
    }
    set_up_conditions(request);
    whole_ = request.after.empty() && !(request.window && request.window->from);
    page_rows_ = first_page_rows();
    statement_.prepare(build_query());
    if (statement_.column_count() == 0) {
        // This driver describes a result only when it has one.
        ask_for_rows(request.stop);
        execute(request.stop);
    }
    layout_ = plan_layout(statement_, session_.dialect);
    mark_nullable(session_, statement_, layout_);
    lossy_.emplace(session_, layout_);
    lossy_->turn(build_query());
    if (layout_.columns.empty()) {
        session_.connection->fail(
            "HY000", base::Remedy::Stop, dataset_.place + ": the query gives no columns");
    }
    for (const ColumnPlan& plan : layout_.columns) {
        described_.push_back(described_column(plan.described));
    }
    if (request.window) {
        check_watermark(request.window->column);
    }
    key_ = find_key();
    const bool resorted = settle_key(session_, statement_, key_, layout_, key_sql_);
    const bool turned = turn_to_watermark(request);
    const std::string written = select_written(session_.dialect, layout_);
    dataset_.query.select_from_it(written);
    if (!is_of_this_order(start_)) {
        begin_at({});
    } else if (turned || resorted || !written.empty()) {
        begin_at(start_);
    } else {
        fetcher_ = statement_.fetcher(layout_);
        progress_.emplace(layout_, key_, start_, digest());
        proof_.emplace(parts_of_proof(), start_.key);
    }
}

// A position tells by what its key was sorted: in another order the rows behind it are others.
bool Reader::is_of_this_order(const Position& position) const {
    for (std::size_t at = 0; at < position.key.size(); ++at) {
        if (position.key[at].type != described_column(layout_.columns[key_[at]].described).type) {
            return false;
        }
    }
    return true;
}

OrderProof::Parts Reader::parts_of_proof() {
    return {session_, dataset_, window_, key_sql_, key_, rate_};
}

// The ties come once more, and a page of nothing else would end where it began.
std::int64_t Reader::first_page_rows() const {
    return in_pages() ? pages_.first() + static_cast<std::int64_t>(start_.ties.size()) : 0;
}

// What the client library holds whole was sent at once, whatever of it is taken when.
void Reader::check_rate() const {
    if (rate_.at_once_or_none() > 0 && !session_.dialect.streams && !in_pages()) {
        fail_in_mapping(
            "rows_per_second cannot be held without a key to page by, since the source sends all "
            "rows at once: name one in source.key, or take the limit out");
    }
}

void Reader::begin_at(Position position) {
    position.by_watermark = start_.by_watermark;
    start_ = std::move(position);
    progress_.emplace(layout_, key_, start_, digest());
    proof_.emplace(parts_of_proof(), start_.key);
    page_rows_ = first_page_rows();
    pages_.turn();
    order_ = order_clause(key_sql_);
    prepare_page();
    fetcher_ = statement_.fetcher(layout_);
}

void Reader::set_up_conditions(const connectors::ReadRequest& request) {
    const auto zone = base::Zone::find(request.zone);
    if (!zone) {
        fail_in_mapping("the machine does not know the source's time zone");
    }
    window_.text = "1=1";
    if (request.window) {
        if (!dataset_.query.has_window()) {
            fail_in_mapping("the mapping has a window, but its query lacks {window}");
        }
        window_ = window_condition(session_.dialect,
                                   column_sql(dataset_, session_.dialect, request.window->column),
                                   *request.window,
                                   *zone);
    }
    for (const std::string& column : dataset_.key) {
        key_sql_.push_back(column_sql(dataset_, session_.dialect, column));
    }
    if (!request.after.empty()) {
        const auto position = Position::decode(request.after);
        if (position && position->by_watermark && request.window) {
            order_by_watermark(request.window->column);
        }
        if (!position || position->key.size() != dataset_.key.size()) {
            fail_in_mapping(
                "the checkpoint's position is of another key; read the source in full again");
        }
        start_ = *position;
    }
    order_ = order_clause(key_sql_);
}

void Reader::order_by_watermark(const std::string& name) {
    key_sql_.insert(key_sql_.begin(), column_sql(dataset_, session_.dialect, name));
    dataset_.key.insert(dataset_.key.begin(), name);
    start_.by_watermark = true;
    prefer_one_index(session_);
}

// What a reading was begun in, it goes on in.
bool Reader::turn_to_watermark(const connectors::ReadRequest& request) {
    const WindowReading reading{
        session_, statement_, layout_, dataset_, key_, key_sql_, window_, request, pages_.first()};
    if (!in_pages() || !goes_by_watermark(reading)) {
        return false;
    }
    order_by_watermark(request.window->column);
    key_ = find_key();
    return true;
}

void Reader::prepare_page() {
    const Sql page = build_query();
    statement_.reset();
    statement_.prepare(page);
    executed_ = false;
    lossy_->turn(page);
}

void Reader::check_text(const base::RawBlock& block) {
    if (const auto column = lossy_->find(block)) {
        fail_in_mapping(fmt::format(
            "column {} comes with a '?' that the source does not have: the server cannot turn its "
            "text into UTF-8. Say in read_as.charset what its bytes are, which has them read as "
            "they are, or select CAST({} AS BINARY)",
            *column,
            *column));
    }
}

Sql Reader::build_query() const {
    const Position& at = progress_ ? progress_->position() : start_;
    const Sql page = page_condition(session_.dialect, key_sql_, at.key);
    const std::string limit = in_pages() ? limit_clause(session_.dialect, page_rows_) : "";
    return dataset_.query.render(window_, page, order_ + limit);
}

void Reader::fail_in_mapping(std::string_view what) const {
    session_.connection->fail(
        "mapping", base::Remedy::Stop, fmt::format("{}: {}", dataset_.place, what));
}

void Reader::check_watermark(const std::string& name) const {
    if (const auto type = type_without_time(layout_, name)) {
        fail_in_mapping(fmt::format(
            "the window's column {} is {}, but a window goes by a date with time; select one made "
            "of it and name its SQL in source.expressions",
            name,
            *type));
    }
}

std::vector<std::size_t> Reader::find_key() const {
    std::vector<std::size_t> key;
    for (const std::string& name : dataset_.key) {
        const auto column = index_of(layout_, name);
        if (!column) {
            fail_in_mapping(fmt::format("the query does not select its key column {}", name));
        }
        if (is_float_type(layout_.columns[*column].described.sql_type) &&
            session_.dialect.exact_sizes) {
            fail_in_mapping(
                fmt::format("key column {} is a floating-point number, which no text "
                            "form finds again; choose another key",
                            name));
        }
        key.push_back(*column);
    }
    return key;
}

// In pages a whole one is asked for when its statement runs, else each block when it is fetched.
void Reader::ask_for_rows(const std::stop_token& stop) {
    if (stop.stop_requested()) {
        throw base::Stopped();
    }
    if (in_pages() && executed_) {
        return;
    }
    give_back_rest();
    taken_rows_ = in_pages() ? page_rows_ : static_cast<std::int64_t>(bounds_.rows);
    if (rate_.take(taken_rows_, stop) && may_ask_) {
        may_ask_();
    }
}

void Reader::give_back_rest() {
    if (taken_rows_ > 0) {
        rate_.give_back(taken_rows_);
        taken_rows_ = 0;
    }
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
    return fetcher_->fetch(block, bounds_);
}

void Reader::measure(const base::RawBlock& block) {
    std::int64_t bytes = 0;
    for (const base::RawColumn& column : block.columns) {
        bytes += static_cast<std::int64_t>(column.cell_bytes(block.rows));
    }
    const auto now = std::chrono::steady_clock::now();
    if (pages_.page_rows() == 0) {
        page_begin_ = now;
    }
    pages_.count(static_cast<std::int64_t>(block.rows), bytes, now - page_begin_);
}

void Reader::prove_order(const std::stop_token& stop) {
    const OrderProof::Verdict verdict = proof_->at(progress_->position().key, stop);
    if (verdict == OrderProof::Verdict::Fails) {
        fail_in_mapping(
            "the source sorts the key otherwise than it compares it, so that rows would be "
            "skipped; give the column that the query selects an SQL of one meaning in "
            "source.expressions (such as CAST(kind AS CHAR)), or choose another key. On a table "
            "without transactions, rows that were written meanwhile look the same");
    }
    proven_ = proven_ || verdict == OrderProof::Verdict::Holds;
}

bool Reader::next_page(const std::stop_token& stop) {
    if (!in_pages() || pages_.page_rows() < page_rows_) {
        return false;
    }
    if (!advanced_) {
        fail_in_mapping(
            "a page of the key ends where it began; let {page} hold for every row (an "
            "OR beside it needs parentheses), and choose a key that identifies a row");
    }
    prove_order(stop);
    proof_->turn(progress_->position().key);
    progress_->expect_ties();
    // Small pages of a key with many ties would hardly get on.
    const auto ties = static_cast<std::int64_t>(progress_->position().ties.size());
    page_rows_ = std::max(pages_.next(), ties) + ties;
    pages_.turn();
    advanced_ = false;
    many_pages_ = true;
    prepare_page();
    return true;
}

// False at the end of the whole reading.
bool Reader::go_on(const std::stop_token& stop) {
    if (next_page(stop)) {
        return true;
    }
    if (start_.key.empty() || proven_) {
        return false;
    }
    if (proof_->noted_any()) {
        prove_order(stop);
        if (proven_ || proof_->noted_the_last(stop)) {
            return false;
        }
    }
    // Not even the row where it stood is there, or the source's last row is not. What was behind it
    // may have left the window, or be no longer found there: only the whole window is sure.
    begin_at({});
    return true;
}

// `proven_` is asked of the first position that a reading goes on from, and of every page's end.
void Reader::take(base::RawBlock& block, const std::stop_token& stop) {
    const bool keyed = !key_.empty();
    if (keyed && !in_pages() && !proven_ && proof_->noted_any() && block.rows > 0) {
        prove_order(stop);
    }
    if (keyed && (in_pages() || !proven_)) {
        proof_->note(block);
    }
    taken_rows_ -= static_cast<std::int64_t>(block.rows);
    check_text(block);
    if (in_pages()) {
        measure(block);
    }
    progress_->leave_out(block);
    if (in_pages() && !advanced_) {
        advanced_ = proof_->brings_new(block, progress_->position().key);
    }
}

bool Reader::fetch_new(base::RawBlock& block, const std::stop_token& stop) {
    for (;;) {
        ask_for_rows(stop);
        execute(stop);
        if (!fetch(block, stop)) {
            statement_.done();
            give_back_rest();
            if (!go_on(stop)) {
                return false;
            }
            continue;
        }
        take(block, stop);
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
        fail_in_mapping("more than 10,000 rows share one key; choose a key that identifies a row");
    }
    block.position = progress_->position().encode();
    any_rows_ = true;
    return true;
}

// Taken up again, a statement may pass over rows without a key, and so may one page in between when
// the pages are not of one snapshot. A result without any row may be a source that is not filled.
std::vector<std::string> Reader::parts_read() const {
    const bool one_view = !many_pages_ || !session_.dialect.snapshot.empty();
    return whole_ && one_view && any_rows_ ? std::vector<std::string>{""}
                                           : std::vector<std::string>();
}

}  // namespace hrbridge::odbc
