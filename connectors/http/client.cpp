#include "connectors/http/client.h"

#include <array>
#include <new>

#include <curl/curl.h>
#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"

namespace hrbridge::http {
namespace {

// libcurl wants one call before the first handle; a local static makes it once, in any thread.
void start_curl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) {
        throw std::bad_alloc();
    }
}

struct ListFree {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListFree>;

void add_header(HeaderList& list, const std::string& line) {
    curl_slist* const head = curl_slist_append(list.get(), line.c_str());
    if (head == nullptr) {
        throw std::bad_alloc();
    }
    static_cast<void>(list.release());
    list.reset(head);
}

template <typename T>
void set(CURL* handle, CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(handle, option, value);
    if (code != CURLE_OK) {
        throw std::logic_error(fmt::format(
            "libcurl refuses option {}: {}", static_cast<int>(option), curl_easy_strerror(code)));
    }
}

}  // namespace

struct Client::Handle {
    CURL* curl = curl_easy_init();

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { curl_easy_cleanup(curl); }
};

struct Client::Transfer {
    Response response;
    std::size_t limit = 0;
    bool too_large = false;
    std::stop_token stop;
    HeaderList headers;
    std::array<char, CURL_ERROR_SIZE> error{};

    static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
        auto& transfer = *static_cast<Transfer*>(self);
        if (transfer.response.body.size() + size > transfer.limit) {
            transfer.too_large = true;
            return 0;
        }
        transfer.response.body.append(data, size);
        return size;
    }

    static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
        auto& headers = static_cast<Transfer*>(self)->response.headers;
        const std::string_view line(data, size);
        const std::size_t colon = line.find(':');
        if (line.starts_with("HTTP/")) {
            headers.clear();
        } else if (colon != std::string_view::npos) {
            const std::string_view value = base::trim(line.substr(colon + 1));
            std::string& kept = headers[base::to_lower_ascii(line.substr(0, colon))];
            kept += (kept.empty() ? "" : ", ") + std::string(value);
        }
        return size;
    }

    // Counts the bytes on the wire too: a stream that inflates to nothing never reaches on_body.
    static int on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
        auto& transfer = *static_cast<Transfer*>(self);
        transfer.too_large =
            transfer.too_large || static_cast<std::size_t>(received) > transfer.limit;
        return transfer.too_large || transfer.stop.stop_requested() ? 1 : 0;
    }
};

Client::Client(std::string source, const Options& options)
    : source_(std::move(source)), options_(&options) {
    start_curl();
    handle_ = std::make_unique<Handle>();
    if (handle_->curl == nullptr) {
        throw std::bad_alloc();
    }
}

Client::~Client() = default;

void Client::prepare(const Request& request, Transfer& transfer) {
    CURL* const curl = handle_->curl;
    curl_easy_reset(curl);
    set(curl, CURLOPT_URL, request.url.text().c_str());
    set(curl, CURLOPT_PATH_AS_IS, 1L);
    set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    set(curl, CURLOPT_FOLLOWLOCATION, 0L);
    set(curl, CURLOPT_NOSIGNAL, 1L);
    set(curl, CURLOPT_PROXY, options_->proxy.c_str());
    set(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    set(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    set(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options_->ca_file.empty()) {
        // The folder of the system's authorities (CURLOPT_CAPATH) stays in force beside it.
        set(curl, CURLOPT_CAINFO, options_->ca_file.c_str());
    }
    set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_->connect_ms));
    set(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>((options_->stall_ms + 999) / 1000));
    set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options_->total_ms));
    set(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
    set(curl, CURLOPT_USERAGENT, "hrbridge/" HRBRIDGE_VERSION);
    set(curl, CURLOPT_ERRORBUFFER, transfer.error.data());
    set(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(curl, CURLOPT_WRITEDATA, &transfer);
    set(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(curl, CURLOPT_HEADERDATA, &transfer);
    set(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    set(curl, CURLOPT_XFERINFODATA, &transfer);
    set(curl, CURLOPT_NOPROGRESS, 0L);
    if (request.method == "HEAD") {
        set(curl, CURLOPT_NOBODY, 1L);
    } else if (request.method != "GET") {
        set(curl, CURLOPT_POST, 1L);
        set(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
        set(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
        set(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    for (const auto& header : request.headers) {
        // "Name;" is libcurl's form for a header without a value.
        add_header(
            transfer.headers,
            header.second.empty() ? header.first + ";" : header.first + ": " + header.second);
    }
    set(curl, CURLOPT_HTTPHEADER, transfer.headers.get());
}

Response Client::send(const Request& request, const std::stop_token& stop) {
    Transfer transfer;
    transfer.limit = static_cast<std::size_t>(options_->max_response_bytes);
    transfer.stop = stop;
    prepare(request, transfer);
    const CURLcode code = curl_easy_perform(handle_->curl);
    if (code != CURLE_OK) {
        fail(request, code, transfer);
    }
    curl_easy_getinfo(handle_->curl, CURLINFO_RESPONSE_CODE, &transfer.response.status);
    return std::move(transfer.response);
}

void Client::fail(const Request& request, int code, const Transfer& transfer) const {
    if (transfer.stop.stop_requested()) {
        throw base::Stopped();
    }
    const std::string place = request.url.origin + request.url.path();
    if (transfer.too_large) {
        throw base::ConnectorError(
            source_,
            "too large",
            base::Remedy::Stop,
            fmt::format("{} answered with more than {} bytes: ask for smaller pages "
                        "(paging.size) or raise max_response",
                        place,
                        options_->max_response_bytes));
    }
    base::Remedy remedy = base::Remedy::Retry;
    std::string advice;
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
        code == CURLE_SSL_ISSUER_ERROR) {
        remedy = base::Remedy::Stop;
        advice =
            ": the server's certificate is not trusted; set ca_file to the PEM file of the "
            "authority that signed it, and check that base_url has the certificate's name";
    } else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
        remedy = base::Remedy::Stop;
        advice = ": check base_url";
    } else if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT) {
        advice = ": check base_url, the firewall and whether the server is up";
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        advice = ": the server is too slow; ask for smaller pages or raise request_timeout";
    }
    const char* const detail = transfer.error.front() != '\0'
                                   ? transfer.error.data()
                                   : curl_easy_strerror(static_cast<CURLcode>(code));
    throw base::ConnectorError(source_,
                               fmt::format("curl {}", code),
                               remedy,
                               fmt::format("{} gave no answer ({}){}", place, detail, advice));
}

}  // namespace hrbridge::http
