#include "connectors/odbc/diagnostics.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

constexpr SQLSMALLINT kMostRecords = 32;

bool starts_with_any(std::string_view state, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [state](std::string_view prefix) {
        return state.starts_with(prefix);
    });
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// psqlODBC reports a refused login as 08001, the state of an unreachable server; only the
// server's text tells them apart.
bool text_refuses_login(std::string_view text) {
    return contains(text, "authentication failed") || contains(text, "no pg_hba.conf entry") ||
           contains(text, "no password supplied") ||
           (contains(text, "FATAL") && contains(text, "does not exist")) ||
           contains(text, "is not permitted to log in");
}

bool asks_for_a_person(const Diagnostic& record) {
    // MySQL and MariaDB: access denied (1044, 1045, 1142, 1143, 1698), unknown database (1049).
    // SQL Server: login failed (18456), cannot open database (4060).
    constexpr std::array kNative{1044, 1045, 1049, 1142, 1143, 1698, 4060, 18456};
    return starts_with_any(record.state, {"28", "IM", "42", "3D", "3F"}) ||
           std::find(kNative.begin(), kNative.end(), record.native) != kNative.end() ||
           text_refuses_login(record.text);
}

bool passes_with_time(const Diagnostic& record) {
    // MySQL and MariaDB: too many connections (1040, 1203), lock wait (1205), deadlock (1213),
    // shutting down (1053), killed (1317, 1927), statement time-out (1969, MySQL 3024), not
    // reachable or gone (2002, 2003, 2006, 2013, 2055). SQL Server: deadlock (1205), connection
    // (20003-20009, 20047).
    constexpr std::array kNative{1040,
                                 1053,
                                 1203,
                                 1205,
                                 1213,
                                 1317,
                                 1927,
                                 1969,
                                 2002,
                                 2003,
                                 2006,
                                 2013,
                                 2055,
                                 3024,
                                 20003,
                                 20004,
                                 20006,
                                 20009,
                                 20047};
    if (starts_with_any(record.state, {"08", "HYT0", "40", "53", "57", "70100", "HY008"})) {
        return true;
    }
    if (std::find(kNative.begin(), kNative.end(), record.native) != kNative.end()) {
        return true;
    }
    // sqliteodbc gives every failure the state HY000; psqlODBC a lost connection in mid fetch.
    return contains(record.text, "database is locked") ||
           contains(record.text, "server closed the connection") ||
           contains(record.text, "connection to the server") ||
           contains(record.text, "connection to server") ||
           contains(record.text, "terminating connection");
}

// Whether the driver's text quotes values of rows: they may be personal.
bool quotes_values(const Diagnostic& record) {
    // SQL Server: conversions (235, 241, 242, 244, 245, 248, 295, 8114, 8115), truncation (2628),
    // repeated keys (2601, 2627). MySQL and MariaDB: repeated keys (1062, 1169, 1586, 1761, 1762,
    // 1859), values that do not fit (1264, 1265, 1292, 1366, 1367, 1406, 1411, 1525, 1690).
    constexpr std::array kNative{235,  241,  242,  244,  245,  248,  295,  1062, 1169,
                                 1264, 1265, 1292, 1366, 1367, 1406, 1411, 1525, 1586,
                                 1690, 1761, 1762, 1859, 2601, 2627, 2628, 8114, 8115};
    return starts_with_any(record.state, {"22", "23"}) ||
           std::find(kNative.begin(), kNative.end(), record.native) != kNative.end();
}

// PostgreSQL shows keys and whole rows in the detail of an error, values in its context; psqlODBC
// puts them on lines of their own.
std::string_view without_detail(std::string_view text) {
    const std::size_t error = text.find("ERROR: ");
    const std::size_t line = error == std::string_view::npos ? error : text.find('\n', error);
    return text.substr(0, std::min({line, text.find("DETAIL:"), text.find("CONTEXT:")}));
}

void blot(std::string& text, std::string_view secret) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
        text.replace(at, secret.size(), "***");
        at += 3;
    }
}

void blot_attribute(std::string& text, std::string_view attribute) {
    std::string lower = base::to_lower_ascii(text);
    std::size_t at = lower.find(attribute);
    while (at != std::string::npos) {
        const std::size_t begin = at + attribute.size();
        std::size_t end = text.find(begin < text.size() && text[begin] == '{' ? '}' : ';', begin);
        end = end == std::string::npos ? text.size() : end;
        text.replace(begin, end - begin, "***");
        lower = base::to_lower_ascii(text);
        at = lower.find(attribute, begin);
    }
}

std::string_view advice(base::Remedy remedy) {
    switch (remedy) {
        case base::Remedy::Retry:
            return "It is worth trying again later.";
        case base::Remedy::Stop:
            return "Check the source's settings, its rights and the mapping's query.";
        case base::Remedy::Row:
            return "A value of the source cannot be converted; cast the column to text in the "
                   "mapping's query.";
    }
    return "";
}

}  // namespace

std::string Diagnostic::code() const {
    return fmt::format("{}/{}", state, native);
}

Diagnostics read_diagnostics(Api& api, SQLSMALLINT type, SQLHANDLE handle) {
    Diagnostics records;
    std::array<SQLCHAR, 1024> text{};
    for (SQLSMALLINT number = 1; number <= kMostRecords; ++number) {
        std::array<SQLCHAR, 6> state{};
        SQLINTEGER native = 0;
        SQLSMALLINT length = 0;
        const SQLRETURN code = api.get_diag_rec(type,
                                                handle,
                                                number,
                                                state.data(),
                                                &native,
                                                text.data(),
                                                static_cast<SQLSMALLINT>(text.size()),
                                                &length);
        if (!SQL_SUCCEEDED(code)) {
            break;
        }
        const auto end = std::find(text.begin(), text.end(), SQLCHAR{0});
        records.push_back({std::string(state.begin(), std::find(state.begin(), state.end(), 0)),
                           native,
                           std::string(text.begin(), end)});
    }
    return records;
}

base::Remedy remedy_of(const Diagnostics& records) {
    if (std::any_of(records.begin(), records.end(), asks_for_a_person)) {
        return base::Remedy::Stop;
    }
    if (std::any_of(records.begin(), records.end(), passes_with_time)) {
        return base::Remedy::Retry;
    }
    if (std::any_of(records.begin(), records.end(), [](const Diagnostic& record) {
            return starts_with_any(record.state, {"22", "07006"});
        })) {
        return base::Remedy::Row;
    }
    return base::Remedy::Stop;
}

bool tells_truncation(const Diagnostics& records) {
    return std::any_of(records.begin(), records.end(), [](const Diagnostic& record) {
        return record.state == "01004";
    });
}

std::string scrub(std::string_view text, const base::Secret& password) {
    std::string clean(text);
    if (!password.empty()) {
        blot(clean, password.reveal());
    }
    blot_attribute(clean, "pwd=");
    blot_attribute(clean, "password=");
    for (char& letter : clean) {
        if (std::iscntrl(static_cast<unsigned char>(letter)) != 0) {
            letter = ' ';
        }
    }
    return base::shorten(clean, 400);
}

base::ConnectorError make_error(const std::string& system,
                                std::string_view doing,
                                const Diagnostics& records,
                                const base::Secret& password) {
    const base::Remedy remedy = remedy_of(records);
    std::string text = fmt::format("{}: {} failed", system, doing);
    for (const Diagnostic& record : records) {
        text += fmt::format("; [{}] {}",
                            record.code(),
                            quotes_values(record) ? "a value was refused"
                                                  : scrub(without_detail(record.text), password));
    }
    if (records.empty()) {
        text += "; the driver gave no reason";
    }
    text += fmt::format(". {}", advice(remedy));
    return {system, records.empty() ? "HY000/0" : records.front().code(), remedy, text};
}

}  // namespace hrbridge::odbc
