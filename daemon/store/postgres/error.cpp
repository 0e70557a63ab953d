#include "daemon/store/postgres/error.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "daemon/base/text.h"

namespace hrbridge::store::postgres {
namespace {

using base::Remedy;

bool is_one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string field(const PGresult* result, int name) {
    const char* text = PQresultErrorField(result, name);
    return text == nullptr ? std::string{} : std::string{text};
}

// The primary message of class 22 quotes the value that did not fit.
std::string message_of(const PGresult* result, std::string_view sqlstate) {
    std::string text = sqlstate.substr(0, 2) == "22" && sqlstate != "22001"
                           ? std::string{"a value does not fit its column"}
                           : field(result, PG_DIAG_MESSAGE_PRIMARY);
    const std::string table = field(result, PG_DIAG_TABLE_NAME);
    const std::string column = field(result, PG_DIAG_COLUMN_NAME);
    const std::string constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    if (!table.empty()) {
        text += fmt::format(" [table {}", table);
        text += column.empty() ? std::string{} : fmt::format(", column {}", column);
        text += constraint.empty() ? std::string{} : fmt::format(", constraint {}", constraint);
        text += "]";
    }
    return text;
}

struct Refusal {
    std::string_view says;
    std::string_view code;
    std::string_view advice;
};

constexpr std::array kRefusals{
    Refusal{"password authentication failed", "28P01", "check user and password"},
    Refusal{"no password supplied", "28P01", "give the store's password as a credential"},
    Refusal{"pg_hba.conf", "28000", "allow this host and user in pg_hba.conf"},
    Refusal{"authentication failed", "28000", "check how the server lets this user in"},
    Refusal{"role \"", "28000", "create the role or correct `user`"},
    Refusal{"database \"", "3D000", "create the database or correct `dbname`"},
    Refusal{"permission denied", "42501", "grant CONNECT on the database"},
    Refusal{"certificate", "08006", "check sslrootcert and sslmode"},
    Refusal{"invalid connection option", "08001", "correct the store's connection text"},
    Refusal{"missing \"=\"", "08001", "correct the store's connection text"},
    Refusal{"invalid sslmode", "08001", "correct sslmode"},
};

}  // namespace

Remedy remedy_of(std::string_view sqlstate) {
    const std::string_view group = sqlstate.substr(0, 2);
    if (is_one_of(group, {"08", "53", "58", "XX"}) || is_one_of(sqlstate,
                                                                {"57P01",
                                                                 "57P02",
                                                                 "57P03",
                                                                 "57P05",
                                                                 "57014",
                                                                 "25P03",
                                                                 "40001",
                                                                 "40P01",
                                                                 "40003",
                                                                 "55P03"})) {
        return Remedy::Retry;
    }
    if (is_one_of(group, {"22", "23"})) {
        return Remedy::Row;
    }
    return Remedy::Stop;
}

base::StoreError make_error(PGconn* connection, const PGresult* result, std::string_view doing) {
    const std::string sqlstate = result == nullptr ? "" : field(result, PG_DIAG_SQLSTATE);
    if (!sqlstate.empty()) {
        return {sqlstate,
                remedy_of(sqlstate),
                fmt::format("{}: {} (SQLSTATE {})", doing, message_of(result, sqlstate), sqlstate)};
    }
    if (PQstatus(connection) != CONNECTION_OK) {
        return {"08006",
                Remedy::Retry,
                fmt::format("{}: the connection to PostgreSQL was lost", doing)};
    }
    return {"XX000",
            Remedy::Retry,
            fmt::format("{}: PostgreSQL gave an answer of another form", doing)};
}

base::StoreError make_connect_error(PGconn* connection) {
    const std::string_view all = base::trim(PQerrorMessage(connection));
    const std::string text = base::shorten(all, 400);
    for (const Refusal& refusal : kRefusals) {
        if (all.find(refusal.says) != std::string_view::npos) {
            return {std::string{refusal.code},
                    Remedy::Stop,
                    fmt::format("PostgreSQL refuses the connection: {}; {}", text, refusal.advice)};
        }
    }
    return {"08001", Remedy::Retry, fmt::format("PostgreSQL cannot be reached: {}", text)};
}

}  // namespace hrbridge::store::postgres
