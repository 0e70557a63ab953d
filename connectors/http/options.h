#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/secret.h"
#include "daemon/base/yaml.h"

namespace hrbridge::http {

struct NoAuth {};

// Authorization: Bearer <token>
struct BearerAuth {
    base::Secret token;
};

// Authorization: Basic <base64 of user:password>
struct BasicAuth {
    std::string user;
    base::Secret password;
};

// Signs each request. The signature is HMAC-SHA256 in lower-case hex over four lines joined by
// "\n": the Unix time in seconds as sent in `timestamp_header`, the method in capitals, path and
// query exactly as sent, and SHA-256 of the body in lower-case hex (of "" for a GET).
struct HmacAuth {
    std::string key_id;
    base::Secret secret;
    std::string key_header = "X-Key-Id";
    std::string timestamp_header = "X-Timestamp";
    std::string signature_header = "X-Signature";
};

// OAuth 2 client credentials (RFC 6749 section 4.4). The token is kept until shortly before it
// ends and asked for anew once when the server answers 401.
struct OAuthAuth {
    std::string token_url;
    std::string client_id;
    base::Secret client_secret;
    std::string scope;
    bool credentials_in_body = false;  // else as Basic, which RFC 6749 section 2.3.1 prefers
};

using Auth = std::variant<NoAuth, BearerAuth, BasicAuth, HmacAuth, OAuthAuth>;

// One HTTP source of the configuration. TLS is always verified: there is no setting against it.
struct Options {
    std::string base_url;  // plain http is accepted for loopback hosts only
    Auth auth;
    std::vector<std::pair<std::string, std::string>> headers;  // sent with each request
    std::string ca_file;           // PEM; trusted beside the system's own authorities
    std::string proxy;             // empty: none, whatever the environment says
    std::string probe_path = "/";  // below base_url; answers check() and tells the time
    std::int64_t connect_ms = 10'000;
    std::int64_t stall_ms = 30'000;                 // most time without a byte; whole seconds count
    std::int64_t total_ms = 300'000;                // of one request
    std::int64_t max_response_bytes = 16LL << 20U;  // after decompression
    std::int64_t max_retries = 5;                   // of one request, beyond the first attempt
    std::int64_t retry_base_ms = 500;               // doubled at each retry, with jitter
    std::int64_t longest_wait_ms = 120'000;         // a Retry-After beyond it ends the reading
    std::int64_t rows_per_second = 0;               // 0: no limit
};

// Reads a secret setting (`{credential: …}`); adds its own faults.
using SecretReader = std::function<base::Secret(base::YamlReader& reader, std::string_view key)>;

// Reads the keys of a source of kind http, except those that every kind shares. Does not call
// finish(). What the values are worth is for check_options(), once relative paths are absolute.
Options read_options(base::YamlReader& reader, const SecretReader& secret);

// What is wrong in the options; empty when they can be used. `where` begins each fault's place. A
// missing base_url is the reader's fault and not repeated.
base::Faults check_options(const Options& options, const std::string& where);

}  // namespace hrbridge::http
