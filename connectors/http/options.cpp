#include "connectors/http/options.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>

#include "connectors/http/url.h"

namespace hrbridge::http {
namespace {

Auth read_auth(base::YamlReader reader, const SecretReader& secret) {
    const std::string kind =
        reader.choice("kind", {"none", "bearer", "basic", "hmac", "oauth2"}).value_or("none");
    Auth auth = NoAuth{};
    if (kind == "bearer") {
        auth = BearerAuth{secret(reader, "token")};
    } else if (kind == "basic") {
        auth = BasicAuth{reader.required_text("user"), secret(reader, "password")};
    } else if (kind == "hmac") {
        HmacAuth hmac{reader.required_text("key_id"), secret(reader, "secret")};
        hmac.key_header = reader.text("key_header").value_or(hmac.key_header);
        hmac.timestamp_header = reader.text("timestamp_header").value_or(hmac.timestamp_header);
        hmac.signature_header = reader.text("signature_header").value_or(hmac.signature_header);
        auth = hmac;
    } else if (kind == "oauth2") {
        OAuthAuth oauth{reader.required_text("token_url"),
                        reader.required_text("client_id"),
                        secret(reader, "client_secret"),
                        reader.text("scope").value_or("")};
        oauth.credentials_in_body = reader.boolean("credentials_in_body").value_or(false);
        auth = oauth;
    }
    reader.finish();
    return auth;
}

std::vector<std::pair<std::string, std::string>> read_headers(base::YamlReader& reader) {
    std::vector<std::pair<std::string, std::string>> headers;
    const base::YamlNode* node = reader.child("headers");
    if (node == nullptr) {
        return headers;
    }
    if (!node->is_map()) {
        reader.fault("headers", "must be a map of header names to texts");
        return headers;
    }
    for (const auto& entry : node->entries) {
        headers.emplace_back(entry.first, entry.second.text);
    }
    return headers;
}

bool is_header_name(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char byte) {
        return std::isalnum(byte) != 0 || byte == '-' || byte == '_';
    });
}

bool is_header_value(const std::string& value) {
    return std::all_of(value.begin(), value.end(), [](unsigned char byte) {
        return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
    });
}

// Names what is wrong with an address that we would send credentials to.
std::optional<std::string> address_fault(const std::string& text) {
    const std::optional<Url> url = Url::parse(text);
    if (!url) {
        return "must be an https address without a user name, such as https://erp.example/api";
    }
    if (!url->secure() && !is_loopback(url->host)) {
        return "must be https: plain http is accepted for loopback addresses only";
    }
    return std::nullopt;
}

void check_auth(const Auth& auth, const std::string& where, base::Faults& faults) {
    const auto must = [&](bool holds, const std::string& key, const std::string& what) {
        if (!holds) {
            faults.push_back({where + ".auth." + key, what});
        }
    };
    if (const auto* bearer = std::get_if<BearerAuth>(&auth)) {
        must(!bearer->token.empty(), "token", "is missing");
    } else if (const auto* basic = std::get_if<BasicAuth>(&auth)) {
        must(!basic->user.empty(), "user", "is missing");
        must(basic->user.find(':') == std::string::npos, "user", "must not hold a colon");
    } else if (const auto* hmac = std::get_if<HmacAuth>(&auth)) {
        must(!hmac->secret.empty(), "secret", "is missing");
        must(is_header_value(hmac->key_id), "key_id", "holds a control character");
        must(is_header_name(hmac->key_header), "key_header", "is no header name");
        must(is_header_name(hmac->timestamp_header), "timestamp_header", "is no header name");
        must(is_header_name(hmac->signature_header), "signature_header", "is no header name");
    } else if (const auto* oauth = std::get_if<OAuthAuth>(&auth)) {
        const std::optional<std::string> fault = address_fault(oauth->token_url);
        must(!fault, "token_url", fault.value_or(""));
        must(!oauth->client_id.empty(), "client_id", "is missing");
        must(!oauth->client_secret.empty(), "client_secret", "is missing");
    }
}

}  // namespace

Options read_options(base::YamlReader& reader, const SecretReader& secret) {
    Options options;
    options.base_url = reader.required_text("base_url");
    if (reader.has("auth")) {
        options.auth = read_auth(reader.map("auth"), secret);
    }
    options.headers = read_headers(reader);
    options.ca_file = reader.text("ca_file").value_or("");
    options.proxy = reader.text("proxy").value_or("");
    options.probe_path = reader.text("probe_path").value_or(options.probe_path);
    const auto duration = [&reader](std::string_view key, std::int64_t& value) {
        value = reader.duration_ms(key).value_or(value);
    };
    duration("connect_timeout", options.connect_ms);
    duration("stall_timeout", options.stall_ms);
    duration("request_timeout", options.total_ms);
    duration("longest_wait", options.longest_wait_ms);
    options.max_response_bytes =
        reader.byte_size("max_response").value_or(options.max_response_bytes);
    options.max_retries = reader.integer("retries", 0, 20).value_or(options.max_retries);
    return options;
}

base::Faults check_options(const Options& options, const std::string& where) {
    base::Faults faults;
    const auto must = [&](bool holds, const std::string& key, const std::string& what) {
        if (!holds) {
            faults.push_back({where + "." + key, what});
        }
    };
    const std::optional<std::string> address =
        options.base_url.empty() ? std::nullopt : address_fault(options.base_url);
    must(!address, "base_url", address.value_or(""));
    must(options.base_url.find_first_of("?#") == std::string::npos,
         "base_url",
         "must not have a query; put parameters into the mapping's `query:`");
    must(options.probe_path.starts_with('/'), "probe_path", "must begin with /");
    for (const auto& header : options.headers) {
        must(is_header_name(header.first) && is_header_value(header.second),
             "headers",
             "\"" + header.first + "\" is no header name or its value has a control character");
    }
    std::error_code ignored;
    must(options.ca_file.empty() || std::filesystem::is_regular_file(options.ca_file, ignored),
         "ca_file",
         "does not exist: name a PEM file with the certificate of the company's authority");
    must(options.connect_ms > 0 && options.stall_ms >= 1000 && options.total_ms > 0,
         "request_timeout",
         "time-outs must be longer than 0, stall_timeout at least 1s");
    must(options.max_response_bytes > 0 && options.max_response_bytes <= (1LL << 30U),
         "max_response",
         "must lie between 1 byte and 1GiB");
    check_auth(options.auth, where, faults);
    return faults;
}

}  // namespace hrbridge::http
