#include "connectors/http/exchange.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

#include "daemon/base/error.h"

namespace hrbridge::http {
namespace {

constexpr std::int64_t kLongestRetryAfter = 365LL * 86'400;  // far from any overflow

}  // namespace

std::optional<BodyCache::Entry> BodyCache::find(const std::string& url) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(url);
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

void BodyCache::keep(const std::string& url, Entry entry) {
    const std::lock_guard lock(mutex_);
    const std::size_t size = url.size() + entry.body.size();
    if (size > kMostBytes / 2) {
        return;
    }
    if (const auto old = entries_.find(url); old != entries_.end()) {
        bytes_ -= url.size() + old->second.body.size();
        entries_.erase(old);
    }
    if (bytes_ + size > kMostBytes) {
        entries_.clear();
        bytes_ = 0;
    }
    bytes_ += size;
    entries_.emplace(url, std::move(entry));
}

Exchange::Exchange(const Parts& parts) : parts_(parts), client_(parts.source, parts.options) {}

Response Exchange::probe(const std::string& method, const Url& url, const std::stop_token& stop) {
    Request request;
    request.method = method;
    request.url = url;
    request.headers = parts_.options.headers;
    parts_.auth.sign(request, client_, stop);
    return client_.send(request, stop);
}

Response Exchange::once(const Url& url, const std::stop_token& stop) {
    const auto cached = parts_.cache.find(url.text());
    for (int turn = 0;; ++turn) {
        Request request;
        request.url = url;
        request.headers = parts_.options.headers;
        request.headers.emplace_back("Accept", "application/json");
        if (cached) {
            request.headers.emplace_back("If-None-Match", cached->etag);
        }
        parts_.auth.sign(request, client_, stop);
        Response response = client_.send(request, stop);
        if (response.status == 401 && turn == 0 && parts_.auth.refused(request)) {
            continue;
        }
        if (response.status == 304 && cached) {
            response.body = cached->body;
            response.headers["link"] = cached->link;
            response.status = 200;
            return response;
        }
        if (response.status == 200) {
            const std::string etag = response.header("etag");
            if (!etag.empty()) {
                parts_.cache.keep(url.text(), {etag, response.body, response.header("link")});
            }
        }
        return response;
    }
}

Response Exchange::get(const Url& url, const std::stop_token& stop) {
    for (int attempt = 0;; ++attempt) {
        retry_after_.clear();
        try {
            Response response = once(url, stop);
            if (response.status == 200) {
                return response;
            }
            retry_after_ = response.header("retry-after");
            throw refusal(response, url);
        } catch (const base::ConnectorError& error) {
            if (!wait(error, retry_after_, attempt, stop)) {
                throw;
            }
        }
    }
}

base::ConnectorError Exchange::refusal(const Response& response, const Url& url) const {
    const std::string code = fmt::format("HTTP {}", response.status);
    if (response.status == 429 || response.status == 408 || response.status >= 500) {
        return {parts_.source,
                code,
                base::Remedy::Retry,
                fmt::format("{} is not available at the moment", url.path())};
    }
    std::string what = fmt::format("{} was refused", url.path());
    if (response.status == 401 || response.status == 403) {
        what += "; check the source's auth: settings and its rights on the server";
    } else if (response.status == 404) {
        what += "; check base_url and the mapping's path";
    } else if (response.status >= 300 && response.status < 400) {
        what +=
            "; the server redirects, which is not followed: write the new address into the "
            "configuration";
    }
    return {parts_.source, code, base::Remedy::Stop, what};
}

bool Exchange::wait(const base::ConnectorError& error,
                    const std::string& retry_after,
                    int attempt,
                    const std::stop_token& stop) {
    const Options& options = parts_.options;
    if (error.remedy() != base::Remedy::Retry || attempt >= options.max_retries) {
        return false;
    }
    const std::int64_t doubled = options.retry_base_ms << std::min(attempt, 20);
    std::int64_t milliseconds =
        std::uniform_int_distribution<std::int64_t>(doubled / 2, doubled)(random_);
    if (const auto seconds = parse_retry_after(retry_after, parts_.clock.now())) {
        milliseconds = std::max(milliseconds, *seconds * 1000);
    }
    if (milliseconds > options.longest_wait_ms) {
        return false;
    }
    if (!parts_.clock.sleep(std::chrono::milliseconds(milliseconds), stop)) {
        throw base::Stopped();
    }
    return true;
}

std::optional<base::Timestamp> parse_http_date(const std::string& text) {
    constexpr std::array<const char*, 12> kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || text.substr(25) != " GMT") {
        return std::nullopt;
    }
    const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
    if (month == kMonths.end()) {
        return std::nullopt;
    }
    return base::parse_timestamp(fmt::format("{}-{:02}-{} {}Z",
                                             text.substr(12, 4),
                                             month - kMonths.begin() + 1,
                                             text.substr(5, 2),
                                             text.substr(17, 8)));
}

std::optional<std::int64_t> parse_retry_after(const std::string& text, base::Timestamp now) {
    std::int64_t seconds = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, seconds);
    if (error == std::errc() && stopped == end && seconds >= 0) {
        return std::min(seconds, kLongestRetryAfter);
    }
    const auto date = parse_http_date(text);
    if (!date) {
        return std::nullopt;
    }
    return std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(*date - now).count());
}

}  // namespace hrbridge::http
