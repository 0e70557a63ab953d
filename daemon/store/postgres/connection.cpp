#include "daemon/store/postgres/connection.h"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "daemon/store/postgres/answers.h"
#include "daemon/store/postgres/binary.h"
#include "daemon/store/postgres/copy_decoder.h"
#include "daemon/store/postgres/copy_stream.h"
#include "daemon/store/postgres/error.h"
#include "daemon/store/postgres/login.h"
#include "daemon/store/postgres/long_cell.h"
#include "daemon/store/postgres/parameters.h"
#include "daemon/store/postgres/result.h"

namespace hrbridge::store::postgres {
namespace {

constexpr int kBinaryResult = 1;
// A client that is cut off keeps its locks until then; none of ours waits so long in a transaction.
constexpr int kIdleSeconds = 60;
constexpr std::chrono::seconds kAnswersWithin{5};

class PostgresConnection;

class PostgresRows final : public sql::Rows {
  public:
    PostgresRows(PostgresConnection& connection, std::uint64_t turn)
        : connection_(connection), turn_(turn) {}
    ~PostgresRows() override;
    PostgresRows(const PostgresRows&) = delete;
    PostgresRows& operator=(const PostgresRows&) = delete;

    bool next() override;
    base::Value value(int column) const override;

  private:
    PostgresConnection& connection_;
    std::uint64_t turn_;
    bool done_ = false;
    Result row_;
};

class PostgresConnection final : public sql::Connection {
  public:
    // Compiling what runs for half a second takes longer than it saves; and a scan that begins
    // where another one is loses the order in which rows lie (migration/rehearsal/content_root).
    PostgresConnection(Handle handle, const SessionOptions& options)
        : handle_(std::move(handle)),
          copy_(handle_.get()),
          settings_(fmt::format("SET LOCAL statement_timeout = '{}s'; SET LOCAL jit = off; "
                                "SET LOCAL synchronize_seqscans = off; "
                                "SET LOCAL idle_in_transaction_session_timeout = '{}s'",
                                options.statement_timeout_s,
                                kIdleSeconds)) {
        if (!options.schema.empty()) {
            settings_ += fmt::format("; SET LOCAL search_path = \"{}\"", options.schema);
        }
        if (!options.waits_for_disk) {
            settings_ += "; SET LOCAL synchronous_commit = off";
        }
    }

    using sql::Connection::execute;
    using sql::Connection::query;

    sql::Dialect dialect() const override { return sql::Dialect::Postgres; }

    std::unique_ptr<sql::Rows> query(std::string_view sql,
                                     std::span<const base::Value> values) override {
        end_work();
        open_own_transaction();
        send(sql, values);
        if (PQsetSingleRowMode(handle_.get()) == 0) {
            throw lost("reading rows");
        }
        reading_ = true;
        return std::make_unique<PostgresRows>(*this, turn_);
    }

    std::int64_t execute(std::string_view sql, std::span<const base::Value> values) override {
        end_work();
        open_own_transaction();
        send(sql, values);
        const std::int64_t changed = drain("running a statement");
        close_own_transaction();
        return changed;
    }

    void run_script(std::string_view sql) override {
        end_work();
        open_own_transaction();
        run(std::string(sql), "running a script");
        close_own_transaction();
    }

    // The COPY stays open for the next rows of the same columns, so that the server works on these
    // while the caller makes those; whatever comes next on this connection ends it first and
    // throws what the server says of its rows.
    void bulk_insert(std::string_view table,
                     std::span<const base::Column* const> columns) override {
        end_rows();
        if (columns.empty() || columns.front()->rows() == 0) {
            return;
        }
        if (!copy_.takes(table, columns)) {
            end_copy();
            open_own_transaction();
            tried([&] { copy_.open(table, columns); });
        }
        tried([&] { copy_.send(columns); });
        if (own_transaction_) {
            end_copy();
            close_own_transaction();
        }
    }

    void scan(std::string_view select,
              std::span<const base::FieldType> types,
              const sql::ScanRow& row) override {
        end_work();
        open_own_transaction();
        start_copy_out(fmt::format("COPY ({}) TO STDOUT (FORMAT binary)", select));
        try {
            copy_out(handle_.get(), types, row);
        } catch (...) {
            abort_own_transaction();
            throw;
        }
        drain("reading rows");
        close_own_transaction();
    }

    void scan(std::string_view select,
              std::span<const base::Value> values,
              std::span<const base::FieldType> types,
              const sql::ScanRow& row) override {
        end_work();
        open_own_transaction();
        send(select, values);
        const Result result(PQgetResult(handle_.get()));
        while (Result(PQgetResult(handle_.get())) != nullptr) {
        }
        if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
            const base::StoreError error = make_error(handle_.get(), result.get(), "reading rows");
            abort_own_transaction();
            throw error;
        }
        close_own_transaction();
        scan_result(*result, types, row);
    }

    void put_long(const sql::LongCell& cell) override { postgres::put_long(*this, cell); }

    void begin() override {
        end_work();
        begin_as("BEGIN");
        in_transaction_ = true;
    }

    void begin_snapshot() override {
        end_work();
        begin_as("BEGIN ISOLATION LEVEL REPEATABLE READ");
        in_transaction_ = true;
    }

    void begin_reading() override { begin(); }

    void commit() override {
        end_work();
        in_transaction_ = false;
        const Result result(PQexec(handle_.get(), "COMMIT"));
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
            if (PQstatus(handle_.get()) != CONNECTION_OK) {
                throw base::StoreError(
                    "08007",
                    base::Remedy::Retry,
                    "the connection to PostgreSQL was lost during a commit; it is "
                    "not known whether it was done");
            }
            throw make_error(handle_.get(), result.get(), "committing");
        }
        // The server answers ROLLBACK when an earlier statement had failed.
        if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
            throw base::StoreError(
                "25P02", base::Remedy::Stop, "the transaction had failed and was rolled back");
        }
    }

    void rollback() noexcept override {
        drop_rows();
        copy_.give_up();
        in_transaction_ = false;
        own_transaction_ = false;
        if (PQtransactionStatus(handle_.get()) != PQTRANS_IDLE) {
            const Result result(PQexec(handle_.get(), "ROLLBACK"));
        }
    }

    bool in_transaction() const override { return in_transaction_; }

    bool reaches_store() override { return answers(handle_.get(), kAnswersWithin); }

    // The next row of the statement under way; null at its end.
    Result next_row() {
        Result result(PQgetResult(handle_.get()));
        if (result != nullptr && PQresultStatus(result.get()) == PGRES_SINGLE_TUPLE) {
            return result;
        }
        if (result == nullptr || PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
            const base::StoreError error =
                PQresultStatus(result.get()) == PGRES_COMMAND_OK
                    ? base::StoreError("42601", base::Remedy::Stop, "the statement gives no rows")
                    : make_error(handle_.get(), result.get(), "reading rows");
            drop_rows();
            abort_own_transaction();
            throw error;
        }
        end_rows();
        return nullptr;
    }

    // Ends the statement whose rows are being read.
    void end_rows() {
        drop_rows();
        close_own_transaction();
    }
    void drop_rows() noexcept {
        ++turn_;
        if (reading_) {
            reading_ = false;
            while (Result(PQgetResult(handle_.get())) != nullptr) {
            }
        }
    }
    std::uint64_t turn() const { return turn_; }

  private:
    base::StoreError lost(std::string_view doing) {
        return make_error(handle_.get(), nullptr, doing);
    }

    void end_work() {
        end_rows();
        end_copy();
    }
    void end_copy() {
        if (copy_.is_open()) {
            tried([&] { copy_.end(); });
            drain("inserting rows");
        }
    }
    template <typename Work>
    void tried(Work&& work) {
        try {
            work();
        } catch (const base::StoreError&) {
            abort_own_transaction();
            throw;
        }
    }

    void begin_as(std::string_view statement) {
        run(fmt::format("{}; {}", statement, settings_), "beginning a transaction");
    }
    void open_own_transaction() {
        if (!in_transaction_) {
            begin_as("BEGIN");
            own_transaction_ = true;
        }
    }
    void close_own_transaction() {
        if (own_transaction_) {
            own_transaction_ = false;
            run("COMMIT", "committing");
        }
    }
    void abort_own_transaction() noexcept {
        if (own_transaction_) {
            rollback();
        }
    }

    void run(const std::string& sql, std::string_view doing) {
        const Result result(PQexec(handle_.get(), sql.c_str()));
        const ExecStatusType status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
            status != PGRES_EMPTY_QUERY) {
            const base::StoreError error = make_error(handle_.get(), result.get(), doing);
            abort_own_transaction();
            throw error;
        }
    }

    void send(std::string_view sql, std::span<const base::Value> values) {
        const Parameters parameters(values);
        const std::string text(sql);
        if (PQsendQueryParams(handle_.get(),
                              text.c_str(),
                              parameters.count(),
                              parameters.types(),
                              parameters.texts(),
                              parameters.lengths(),
                              parameters.formats(),
                              kBinaryResult) != 1) {
            const base::StoreError error = lost("sending a statement");
            abort_own_transaction();
            throw error;
        }
    }

    // Reads all answers; gives the number of rows changed.
    std::int64_t drain(std::string_view doing) {
        Result first(PQgetResult(handle_.get()));
        while (Result(PQgetResult(handle_.get())) != nullptr) {
        }
        const ExecStatusType status = PQresultStatus(first.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
            const base::StoreError error = make_error(handle_.get(), first.get(), doing);
            abort_own_transaction();
            throw error;
        }
        const std::string_view count(PQcmdTuples(first.get()));
        std::int64_t changed = 0;
        std::from_chars(count.data(), count.data() + count.size(), changed);
        return changed;
    }

    void start_copy_out(const std::string& sql) {
        const Result result(PQexec(handle_.get(), sql.c_str()));
        if (PQresultStatus(result.get()) != PGRES_COPY_OUT) {
            const base::StoreError error = make_error(handle_.get(), result.get(), "copying rows");
            abort_own_transaction();
            throw error;
        }
    }

    Handle handle_;
    CopyStream copy_;
    std::string settings_;  // of each transaction
    bool in_transaction_ = false;
    bool own_transaction_ = false;
    bool reading_ = false;
    std::uint64_t turn_ = 0;
};

PostgresRows::~PostgresRows() {
    if (!done_ && turn_ == connection_.turn()) {
        try {
            connection_.end_rows();
        } catch (const base::StoreError&) {
            // Only reading ended here; the next statement meets the same failure and reports it.
            connection_.drop_rows();
        }
    }
}

bool PostgresRows::next() {
    if (done_) {
        return false;
    }
    if (turn_ != connection_.turn()) {
        throw std::logic_error("rows are read after the next statement on their connection");
    }
    row_ = connection_.next_row();
    done_ = row_ == nullptr;
    return !done_;
}

base::Value PostgresRows::value(int column) const {
    if (row_ == nullptr) {
        throw std::logic_error("a row is read before next()");
    }
    if (PQgetisnull(row_.get(), 0, column) != 0) {
        return base::Null{};
    }
    const auto size = static_cast<std::size_t>(PQgetlength(row_.get(), 0, column));
    return decode(PQftype(row_.get(), column), {PQgetvalue(row_.get(), 0, column), size});
}

}  // namespace

std::unique_ptr<sql::Connection> connect(const std::string& conninfo,
                                         const base::Secret& password,
                                         const SessionOptions& options) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
    if (options.schema.find_first_not_of(kLetters) != std::string::npos) {
        throw std::invalid_argument("a schema's name has only a-z, 0-9 and _");
    }
    return std::make_unique<PostgresConnection>(log_in(conninfo, password), options);
}

}  // namespace hrbridge::store::postgres
