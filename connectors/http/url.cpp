#include "connectors/http/url.h"

#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::http {
namespace {

struct UrlCleanup {
    void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
};
using UrlHandle = std::unique_ptr<CURLU, UrlCleanup>;

std::string part(const UrlHandle& handle, CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(handle.get(), which, &text, 0) != CURLUE_OK) {
        return {};
    }
    const std::unique_ptr<char, void (*)(void*)> owner(text, curl_free);
    return text;
}

std::optional<Url> from_handle(const UrlHandle& handle) {
    const std::string scheme = base::to_lower_ascii(part(handle, CURLUPART_SCHEME));
    std::string host = base::to_lower_ascii(part(handle, CURLUPART_HOST));
    if ((scheme != "http" && scheme != "https") || host.empty() ||
        !part(handle, CURLUPART_USER).empty()) {
        return std::nullopt;
    }
    Url url;
    url.origin = scheme + "://" + host;
    const std::string port = part(handle, CURLUPART_PORT);
    if (!port.empty() && port != (scheme == "https" ? "443" : "80")) {
        url.origin += ":" + port;
    }
    if (host.front() == '[') {
        host = host.substr(1, host.size() - 2);
    }
    url.host = host;
    url.target = part(handle, CURLUPART_PATH);
    const std::string query = part(handle, CURLUPART_QUERY);
    if (!query.empty()) {
        url.target += "?" + query;
    }
    return url;
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
    const UrlHandle handle(curl_url());
    if (!handle ||
        curl_url_set(handle.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK) {
        return std::nullopt;
    }
    return from_handle(handle);
}

std::optional<Url> Url::resolve(std::string_view reference) const {
    const UrlHandle handle(curl_url());
    const std::string own = this->text();
    const std::string relative(reference);
    if (!handle || curl_url_set(handle.get(), CURLUPART_URL, own.c_str(), 0) != CURLUE_OK ||
        curl_url_set(handle.get(), CURLUPART_URL, relative.c_str(), 0) != CURLUE_OK) {
        return std::nullopt;
    }
    return from_handle(handle);
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1") {
        return true;
    }
    // A name such as 127.example.com must not pass for an address.
    return host.starts_with("127.") &&
           host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string percent_encode(std::string_view bytes) {
    std::string out;
    for (const char byte : bytes) {
        const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        const bool digit = byte >= '0' && byte <= '9';
        if (letter || digit || byte == '-' || byte == '.' || byte == '_' || byte == '~') {
            out.push_back(byte);
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(byte)));
        }
    }
    return out;
}

}  // namespace hrbridge::http
