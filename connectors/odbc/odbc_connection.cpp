#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

#include "connectors/odbc/handle.h"

namespace hrbridge::odbc {
namespace {

// ODBC passes numbers in place of pointers.
SQLPOINTER as_pointer(std::uint64_t number) {
    return std::bit_cast<SQLPOINTER>(number);
}

}  // namespace

Handle::Handle(Api& api, SQLSMALLINT type, SQLHANDLE parent) : api_(&api), type_(type) {
    if (!SQL_SUCCEEDED(api.alloc_handle(type, parent, &handle_))) {
        const Diagnostics records =
            type == SQL_HANDLE_STMT ? read_diagnostics(api, SQL_HANDLE_DBC, parent) : Diagnostics();
        throw make_error("odbc", "allocating a handle", records, base::Secret());
    }
}

Handle::~Handle() {
    api_->free_handle(type_, handle_);
}

Environment::Environment(Api& api) : handle_(api, SQL_HANDLE_ENV, SQL_NULL_HANDLE) {
    if (!SQL_SUCCEEDED(api.set_env_attr(
            handle_.get(), SQL_ATTR_ODBC_VERSION, as_pointer(std::uint64_t{SQL_OV_ODBC3})))) {
        throw make_error("odbc",
                         "choosing ODBC 3",
                         read_diagnostics(api, SQL_HANDLE_ENV, handle_.get()),
                         base::Secret());
    }
}

OdbcConnection::OdbcConnection(Api& api, std::string source, base::Secret password)
    : Connection(std::move(source)),
      api_(&api),
      password_(std::move(password)),
      env_(api),
      dbc_(api, SQL_HANDLE_DBC, env_.get()) {}

OdbcConnection::~OdbcConnection() {
    close();
}

void OdbcConnection::open(const base::Secret& connection_string, std::int64_t login_timeout_s) {
    close();
    // Not every driver knows it; one that does not waits for the system's own time-out.
    static_cast<void>(
        api_->set_connect_attr(dbc_.get(),
                               SQL_ATTR_LOGIN_TIMEOUT,
                               as_pointer(static_cast<std::uint64_t>(login_timeout_s))));
    const std::string_view text = connection_string.reveal();
    std::vector<SQLCHAR> bytes(text.begin(), text.end());
    bytes.push_back(0);
    const SQLRETURN code =
        api_->driver_connect(dbc_.get(), bytes.data(), static_cast<SQLSMALLINT>(text.size()));
    std::fill(bytes.begin(), bytes.end(), SQLCHAR{0});
    check(code, SQL_HANDLE_DBC, dbc_.get(), "connecting");
    open_ = true;
}

void OdbcConnection::close() noexcept {
    if (open_) {
        // Nothing was written; a failed rollback is as good as one.
        static_cast<void>(api_->end_tran(dbc_.get(), SQL_ROLLBACK));
        static_cast<void>(api_->disconnect(dbc_.get()));
        open_ = false;
    }
}

void OdbcConnection::limit_statements(std::int64_t seconds) {
    statement_seconds_ = seconds;
    if (seconds > 0) {
        watchdog_.emplace();
    }
}

void OdbcConnection::cancel(SQLHSTMT statement) noexcept {
    if (!end_statement_) {
        static_cast<void>(api_->cancel(statement));
        return;
    }
    try {
        end_statement_();
    } catch (const std::exception&) {
        // Nobody can be told here, and a statement that goes on comes to its end.
    }
}

void OdbcConnection::set_manual_commit() {
    check(api_->set_connect_attr(
              dbc_.get(), SQL_ATTR_AUTOCOMMIT, as_pointer(std::uint64_t{SQL_AUTOCOMMIT_OFF})),
          SQL_HANDLE_DBC,
          dbc_.get(),
          "opening a transaction");
}

std::string OdbcConnection::info_text(SQLUSMALLINT what) {
    std::array<char, 256> text{};
    SQLSMALLINT length = 0;
    check(api_->get_info(
              dbc_.get(), what, text.data(), static_cast<SQLSMALLINT>(text.size()), &length),
          SQL_HANDLE_DBC,
          dbc_.get(),
          "asking the driver who it is");
    return {text.begin(), std::find(text.begin(), text.end(), '\0')};
}

std::uint32_t OdbcConnection::info_bits(SQLUSMALLINT what) {
    SQLUINTEGER bits = 0;
    SQLSMALLINT length = 0;
    check(api_->get_info(dbc_.get(), what, &bits, sizeof(bits), &length),
          SQL_HANDLE_DBC,
          dbc_.get(),
          "asking the driver what it can do");
    return bits;
}

void OdbcConnection::check(SQLRETURN code,
                           SQLSMALLINT type,
                           SQLHANDLE handle,
                           std::string_view doing) {
    if (code == SQL_SUCCESS) {
        return;
    }
    const Diagnostics records = read_diagnostics(*api_, type, handle);
    if (code != SQL_SUCCESS_WITH_INFO) {
        throw make_error(source(), doing, records, password_);
    }
    if (tells_truncation(records)) {
        fail("01004",
             base::Remedy::Stop,
             fmt::format("{} cut a value short; nothing was taken over. Cast the column to a long "
                         "text type in the mapping's query.",
                         doing));
    }
    for (const Diagnostic& record : records) {
        note(record.code());
    }
}

std::unique_ptr<Cursor> OdbcConnection::cursor() {
    return std::make_unique<OdbcCursor>(*this);
}

bool OdbcConnection::reads_long_anywhere() {
    return (info_bits(SQL_GETDATA_EXTENSIONS) & SQL_GD_ANY_COLUMN) != 0;
}

}  // namespace hrbridge::odbc
