#include "daemon/web/exchange.h"

#include <exception>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Timestamp.h>

namespace hrbridge::web {
namespace {

constexpr std::chrono::milliseconds kFarewell{5'000};

// No script runs but the server's own files; nothing may frame a page or guess a type.
void add_security_headers(const ServerOptions& options, Poco::Net::HTTPResponse& out) {
    out.set("Content-Security-Policy",
            "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
    out.set("X-Content-Type-Options", "nosniff");
    out.set("X-Frame-Options", "DENY");
    out.set("Referrer-Policy", "same-origin");  // no-referrer makes browsers send Origin: null
    out.set("Cache-Control", "no-store");
    if (!options.certificate.empty()) {
        const std::chrono::seconds lasts = options.strict_transport;
        out.set("Strict-Transport-Security", "max-age=" + std::to_string(lasts.count()));
    }
}

std::string head_of(const ServerOptions& options, const Response& response, bool keep_alive) {
    using Poco::Net::HTTPResponse;
    HTTPResponse out(HTTPResponse::HTTP_1_1,
                     static_cast<HTTPResponse::HTTPStatus>(response.status));
    out.setReason(HTTPResponse::getReasonForStatus(out.getStatus()));
    out.setDate(Poco::Timestamp());
    out.setContentType(response.content_type);
    out.setContentLength64(static_cast<Poco::Int64>(response.body.size()));
    out.setKeepAlive(keep_alive);
    add_security_headers(options, out);
    for (const auto& [name, value] : response.headers) {
        out.set(name, value);
    }
    std::ostringstream text;
    out.write(text);
    return text.str();
}

// A status when the address is none that a page could have, otherwise `out` knows what is asked.
std::optional<int> read_target(const std::string& target, Request& out) {
    const std::size_t question = target.find('?');
    out.path = target.substr(0, question);
    if (out.path.empty() || out.path.front() != '/' || out.path.find('%') != std::string::npos ||
        out.path.find("..") != std::string::npos) {
        return 404;
    }
    auto query = parse_form(
        question == std::string::npos ? "" : std::string_view(target).substr(question + 1));
    if (!query) {
        return 400;
    }
    out.query = std::move(*query);
    return std::nullopt;
}

std::optional<int> read_form(const ServerOptions& options, Request& out) {
    if (!options.raw_bodies_in.empty() &&
        out.path.find(options.raw_bodies_in) != std::string::npos) {
        return std::nullopt;
    }
    const auto type = out.headers.find("content-type");
    if (type == out.headers.end() ||
        type->second.rfind("application/x-www-form-urlencoded", 0) != 0) {
        return std::nullopt;
    }
    auto form = parse_form(out.body);
    if (!form) {
        return 400;
    }
    out.form = std::move(*form);
    return std::nullopt;
}

}  // namespace

Exchange::Exchange(Connection& connection,
                   const ServerOptions& options,
                   const RequestHandler& handler,
                   base::Log& log)
    : connection_(connection),
      options_(options),
      handler_(handler),
      log_(log),
      reader_([this](char* place, std::size_t size) { return receive(place, size); }) {}

void Exchange::run() {
    Next next = Next::Request;
    while (next == Next::Request) {
        next = one_request();
    }
    if (next == Next::Close) {
        connection_.close_gently(kFarewell);
    }
}

Exchange::Next Exchange::one_request() {
    using Phase = Connection::Phase;
    waits_ = !reader_.has_bytes();
    if (!connection_.enter(Phase::Waiting, waits_ ? options_.idle_time : options_.request_time)) {
        return Next::Drop;
    }
    RequestHead head;
    const ReadResult read = reader_.read_head(head);
    // From here on the connection is ended for the sake of another one only when it is slow.
    if (read.gone || !connection_.enter(Phase::Body, options_.request_time)) {
        return Next::Drop;
    }
    const bool without_body = head.method == "HEAD";
    Request request;
    std::optional<int> refused =
        read.refused != 0 ? std::optional(read.refused) : read_target(head.target, request);
    if (!refused) {
        const ReadResult body = read_body(head, request.body);
        if (body.gone) {
            return Next::Drop;
        }
        refused = body.refused != 0 ? std::optional(body.refused) : std::nullopt;
    }
    if (!refused) {
        request.method = head.method;
        request.headers = std::move(head.headers);
        refused = read_form(options_, request);
    }
    if (refused) {
        return answer_refusal(*refused, without_body);
    }
    if (!connection_.enter(Phase::Working)) {
        return Next::Drop;
    }
    return answer(ask(std::move(request)), head.keep_alive, without_body);
}

// Sends "go on" to a client that asks for it before it sends a body that will be read.
ReadResult Exchange::read_body(const RequestHead& head, std::string& out) {
    const bool asks = head.wants_continue && !reader_.has_bytes() &&
                      (head.chunked || (head.length > 0 && head.length <= options_.max_body));
    if (asks && !send("HTTP/1.1 100 Continue\r\n\r\n")) {
        return {true, 0};
    }
    return reader_.read_body(head, options_.max_body, out);
}

Response Exchange::ask(Request request) const {
    try {
        const auto cookies = request.headers.find("cookie");
        request.cookies = parse_cookies(cookies == request.headers.end() ? "" : cookies->second);
        request.peer = connection_.peer();
        return handler_(request);
    } catch (const std::exception& error) {
        log_.error("a request failed", {{"error", error.what()}});
        return plain_text(500, "This request failed; the log says why.\n");
    }
}

Exchange::Next Exchange::answer_refusal(int status, bool without_body) {
    return answer(plain_text(status, "This request cannot be read.\n"), false, without_body);
}

Exchange::Next Exchange::answer(const Response& response, bool keep_alive, bool without_body) {
    if (response.unanswered ||
        !connection_.enter(Connection::Phase::Answering, options_.answer_time)) {
        return Next::Drop;
    }
    const bool stays = keep_alive && !connection_.others_wait();
    std::string bytes = head_of(options_, response, stays);
    if (!without_body) {
        bytes += response.body;
    }
    if (!send(bytes)) {
        return Next::Drop;
    }
    return stays ? Next::Request : Next::Close;
}

std::size_t Exchange::receive(char* place, std::size_t size) {
    try {
        const int got = connection_.socket().receiveBytes(place, static_cast<int>(size));
        if (got <= 0) {
            return 0;
        }
        if (std::exchange(waits_, false) &&
            !connection_.enter(Connection::Phase::Header, options_.request_time)) {
            return 0;
        }
        return static_cast<std::size_t>(got);
    } catch (const Poco::Exception&) {
        return 0;  // broken, or no TLS as it must be
    }
}

bool Exchange::send(std::string_view bytes) {
    try {
        while (!bytes.empty()) {
            const int sent =
                connection_.socket().sendBytes(bytes.data(), static_cast<int>(bytes.size()));
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    } catch (const Poco::Exception&) {
        return false;  // the client has gone, or did not take it in time
    }
}

}  // namespace hrbridge::web
