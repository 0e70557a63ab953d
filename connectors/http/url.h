#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hrbridge::http {

// An absolute http or https address, without a fragment and without a user name.
struct Url {
    std::string origin;  // "https://erp.example:8443", lower case; the port only when not default
    std::string host;    // lower case, an IPv6 address without brackets
    std::string target;  // path and query as sent: "/api/rows?page=2"; at least "/"

    bool secure() const { return origin.starts_with("https:"); }
    // The path without the query, which may hold personal data; for error texts.
    std::string path() const { return target.substr(0, target.find('?')); }
    std::string text() const { return origin + target; }

    // nullopt for anything else than a well-formed address of the two schemes.
    static std::optional<Url> parse(std::string_view text);
    // A reference ("?page=2", "/rows", "https://…") as seen from this address.
    std::optional<Url> resolve(std::string_view reference) const;
};

// 127.0.0.0/8, ::1 and localhost: the only hosts that may be spoken to without TLS.
bool is_loopback(std::string_view host);

// Everything but the unreserved characters of RFC 3986 as %XX.
std::string percent_encode(std::string_view bytes);

}  // namespace hrbridge::http
