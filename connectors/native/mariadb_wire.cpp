#include "connectors/native/mariadb_wire.h"

#include <array>
#include <chrono>
#include <mutex>
#include <new>

#include <fmt/format.h>
#include <mysql.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connectors/odbc/diagnostics.h"

namespace hrbridge::native {
namespace {

// Where the system's packages keep the authorities that it trusts.
constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
// None that sends the password as it is. Without TLS the last two of MySQL encrypt it with a key
// that nobody vouches for: who can answer in the server's place gets it.
constexpr const char* kLogins =
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";
// Longer than any pause of who takes the rows.
constexpr int kWriteTimeout = 86'400;
// With a server that does not end its side of a session.
constexpr std::chrono::milliseconds kPatience{200};

void start_library() {
    static std::once_flag once;
    std::call_once(once, [] { static_cast<void>(mysql_server_init(0, nullptr, nullptr)); });
}

const char* or_null(const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
}

}  // namespace

base::ConnectorError mariadb_error(const MariaDbOptions& options,
                                   std::string_view doing,
                                   const char* state,
                                   unsigned int native,
                                   const char* text) {
    return odbc::make_error(
        options.name, doing, {{state, static_cast<int>(native), text}}, options.password);
}

MariaDbWire::MariaDbWire(const MariaDbOptions& options, std::int64_t silent_s)
    : options_(options), mysql_(nullptr) {
    start_library();
    mysql_ = mysql_init(nullptr);
    if (mysql_ == nullptr) {
        throw std::bad_alloc();
    }
    try {
        set_options(silent_s);
        log_in();
    } catch (...) {
        close();
        throw;
    }
}

MariaDbWire::~MariaDbWire() {
    close();
}

void MariaDbWire::close() noexcept {
    mysql_close(mysql_);
    if (socket_ >= 0) {
        await_end();
        ::close(socket_);
    }
}

// A source that allows one session would see the next one begin before this one has ended.
void MariaDbWire::await_end() const noexcept {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    std::array<char, 4096> rest{};
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        pollfd waits{socket_, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&waits, 1, static_cast<int>(left.count())) <= 0 ||
            ::recv(socket_, rest.data(), rest.size(), MSG_DONTWAIT) <= 0) {
            return;
        }
    }
}

void MariaDbWire::set_options(std::int64_t silent_s) {
    const auto seconds = static_cast<unsigned int>(options_.login_timeout_s);
    const auto silent = static_cast<unsigned int>(silent_s);
    const unsigned int no = 0;
    const unsigned int protocol =
        options_.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    mysql_options(mysql_, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(mysql_, MYSQL_OPT_READ_TIMEOUT, &silent);
    mysql_options(mysql_, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
    mysql_options(mysql_, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    // A server may otherwise ask for any file of this machine.
    mysql_options(mysql_, MYSQL_OPT_LOCAL_INFILE, &no);
    mysql_options(mysql_, MARIADB_OPT_RESTRICTED_AUTH, kLogins);
    if (options_.tls) {
        set_tls();
    }
}

void MariaDbWire::set_tls() {
    const MariaDbTls& tls = *options_.tls;
    const my_bool yes = 1;
    mysql_options(
        mysql_, MYSQL_OPT_SSL_CA, tls.ca_file.empty() ? kSystemAuthorities : tls.ca_file.c_str());
    mysql_options(mysql_, MYSQL_OPT_SSL_CERT, or_null(tls.certificate));
    mysql_options(mysql_, MYSQL_OPT_SSL_KEY, or_null(tls.key));
    mysql_options(mysql_, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
    mysql_options(mysql_, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    mysql_options(mysql_, MYSQL_OPT_SSL_ENFORCE, &yes);
}

void MariaDbWire::log_in() {
    const std::string password(options_.password.reveal());
    if (mysql_real_connect(mysql_,
                           or_null(options_.host),
                           or_null(options_.user),
                           password.c_str(),
                           or_null(options_.database),
                           static_cast<unsigned int>(options_.port),
                           or_null(options_.socket),
                           0) == nullptr) {
        throw error("connecting");
    }
    if (options_.tls && mysql_get_ssl_cipher(mysql_) == nullptr) {
        throw mariadb_error(options_, "connecting", "28000", 0, "the server speaks no TLS");
    }
    thread_ = mysql_thread_id(mysql_);
    // The library closes its own when the connection is lost, and its number may be another's then.
    socket_ = ::dup(static_cast<int>(mysql_get_socket(mysql_)));
    query(fmt::format("SET SESSION net_write_timeout = {}", kWriteTimeout), "setting up");
    // A server may be set to pass over what the greeting asks for.
    query("SET NAMES utf8mb4", "setting up");
}

void MariaDbWire::query(std::string_view sql, std::string_view doing) {
    if (mysql_real_query(mysql_, sql.data(), static_cast<unsigned long>(sql.size())) != 0) {
        throw error(doing);
    }
}

base::ConnectorError MariaDbWire::error(std::string_view doing) const {
    return mariadb_error(
        options_, doing, mysql_sqlstate(mysql_), mysql_errno(mysql_), mysql_error(mysql_));
}

void MariaDbWire::kill_query() noexcept {
    try {
        MariaDbWire other(options_, options_.login_timeout_s);
        other.query(fmt::format("KILL QUERY {}", thread_), "cancelling");
    } catch (const std::exception&) {
        cut();
    }
}

void MariaDbWire::cut() noexcept {
    if (socket_ >= 0) {
        static_cast<void>(::shutdown(socket_, SHUT_RDWR));
    }
}

}  // namespace hrbridge::native
