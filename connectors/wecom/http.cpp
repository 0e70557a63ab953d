#include "connectors/wecom/http.h"

#include <memory>
#include <string_view>
#include <utility>

#include <curl/curl.h>

namespace hrbridge::wecom {
namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct Body {
    std::string text;
    std::size_t most = 0;
};

std::size_t collect(const char* data, std::size_t size, std::size_t count, void* user) {
    auto* body = static_cast<Body*>(user);
    const std::size_t bytes = size * count;
    if (body->text.size() + bytes > body->most) {
        return 0;
    }
    body->text.append(data, bytes);
    return bytes;
}

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

bool is_loopback(std::string_view url) {
    const std::string_view rest = url.substr(std::string_view("http://").size());
    if (rest.find('@') != std::string_view::npos) {
        return false;
    }
    if (starts_with(rest, "[::1]")) {
        return true;
    }
    const std::string_view host = rest.substr(0, rest.find_first_of(":/?#"));
    return host == "localhost" || host == "127.0.0.1";
}

bool means_wrong_setting(CURLcode code) {
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
}

std::string code_name(CURLcode code) {
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return "timeout";
    }
    if (code == CURLE_COULDNT_CONNECT) {
        return "connect";
    }
    return "curl " + std::to_string(static_cast<int>(code));
}

HttpError failure(CURL* curl, CURLcode code) {
    long request_bytes = 0;
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &request_bytes);
    const base::Remedy remedy =
        means_wrong_setting(code) ? base::Remedy::Stop : base::Remedy::Retry;
    std::string what = std::string("no answer from WeCom: ") + curl_easy_strerror(code);
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        what += "; for a private CA set wecom.ca_file to its PEM file";
    }
    return {code_name(code), remedy, what, request_bytes > 0};
}

void set_common(CURL* curl, const HttpOptions& options, Body& body) {
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_PROXY, options.proxy.c_str());
    curl_easy_setopt(
        curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    if (!options.ca_file.empty()) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
    }
}

}  // namespace

base::Faults check_url(const std::string& url, const std::string& where) {
    if (starts_with(url, "https://")) {
        return {};
    }
    if (starts_with(url, "http://") && is_loopback(url)) {
        return {};
    }
    return {{where,
             "must start with https:// (plain http only to 127.0.0.1, [::1] or localhost, for the "
             "sandbox)"}};
}

Http::Http(HttpOptions options) : options_(std::move(options)) {
    const base::Faults faults = check_url(options_.base_url, "wecom.base_url");
    if (!faults.empty()) {
        throw base::ConnectorError(
            "wecom", "url", base::Remedy::Stop, faults.front().where + " " + faults.front().what);
    }
    while (!options_.base_url.empty() && options_.base_url.back() == '/') {
        options_.base_url.pop_back();
    }
}

HttpReply Http::get(const std::string& path_and_query) const {
    return perform(path_and_query, nullptr, "");
}

HttpReply Http::post(const std::string& path_and_query,
                     const std::string& body,
                     const std::string& content_type) const {
    return perform(path_and_query, &body, content_type);
}

HttpReply Http::perform(const std::string& path_and_query,
                        const std::string* body,
                        const std::string& content_type) const {
    const Easy curl(curl_easy_init(), &curl_easy_cleanup);
    if (!curl) {
        throw HttpError("curl", base::Remedy::Retry, "libcurl could not start", false);
    }
    Body answer{"", options_.most_bytes};
    set_common(curl.get(), options_, answer);
    const std::string url = options_.base_url + path_and_query;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    Headers headers(nullptr, &curl_slist_free_all);
    if (body != nullptr) {
        headers.reset(curl_slist_append(nullptr, ("Content-Type: " + content_type).c_str()));
        // Without this libcurl waits a second for "100 Continue" before bodies over 1 MiB.
        headers.reset(curl_slist_append(headers.release(), "Expect:"));
        curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->data());
        curl_easy_setopt(
            curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    }
    const CURLcode code = curl_easy_perform(curl.get());
    if (code != CURLE_OK) {
        throw failure(curl.get(), code);
    }
    HttpReply reply;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply.status);
    reply.body = std::move(answer.text);
    return reply;
}

std::string url_encode(const std::string& text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(kHex[byte >> 4U]);
            out.push_back(kHex[byte & 0xFU]);
        }
    }
    return out;
}

}  // namespace hrbridge::wecom
