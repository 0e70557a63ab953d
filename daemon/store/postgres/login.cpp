#include "daemon/store/postgres/login.h"

#include <array>

#include "daemon/store/postgres/error.h"

namespace hrbridge::store::postgres {
namespace {

void ignore_notice(void* /*unused*/, const PGresult* /*unused*/) {}

}  // namespace

Handle log_in(const std::string& conninfo, const base::Secret& password) {
    const std::string secret(password.reveal());
    // "dbname" is expanded; what stands behind it would win over it, so the password is last and
    // only when there is one.
    // A server that is gone without a word is given up within a minute, not after the system's
    // hours.
    std::array<const char*, 10> names{"connect_timeout",
                                      "keepalives_idle",
                                      "keepalives_interval",
                                      "keepalives_count",
                                      "tcp_user_timeout",
                                      "fallback_application_name",
                                      "client_encoding",
                                      "dbname",
                                      nullptr,
                                      nullptr};
    std::array<const char*, 10> values{
        "10", "30", "10", "3", "60000", "hrbridge", "UTF8", conninfo.c_str(), nullptr, nullptr};
    if (!secret.empty()) {
        names[8] = "password";
        values[8] = secret.c_str();
    }
    Handle handle(PQconnectdbParams(names.data(), values.data(), 1));
    if (PQstatus(handle.get()) != CONNECTION_OK) {
        throw make_connect_error(handle.get());
    }
    PQsetNoticeReceiver(handle.get(), ignore_notice, nullptr);
    return handle;
}

}  // namespace hrbridge::store::postgres
