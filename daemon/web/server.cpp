#include "daemon/web/server.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>
#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"

namespace hrbridge::web {
namespace {

constexpr std::size_t kMaxUri = 4096;

// No script runs but the server's own files; nothing may frame a page or guess a type.
void add_security_headers(Poco::Net::HTTPServerResponse& out) {
    out.set("Content-Security-Policy",
            "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
    out.set("X-Content-Type-Options", "nosniff");
    out.set("X-Frame-Options", "DENY");
    out.set("Referrer-Policy", "same-origin");  // no-referrer makes browsers send Origin: null
    out.set("Cache-Control", "no-store");
}

// nullopt when the body is longer than allowed or was cut short.
std::optional<std::string> read_body(Poco::Net::HTTPServerRequest& in, std::size_t most) {
    if (in.hasContentLength() && static_cast<std::size_t>(in.getContentLength64()) > most) {
        return std::nullopt;
    }
    std::string body;
    std::istream& stream = in.stream();
    char buffer[4096];
    while (stream.read(buffer, sizeof(buffer)) || stream.gcount() > 0) {
        body.append(buffer, static_cast<std::size_t>(stream.gcount()));
        if (body.size() > most) {
            return std::nullopt;
        }
    }
    return body;
}

// A status when the request is malformed, otherwise `out` is filled.
std::optional<int> read_request(Poco::Net::HTTPServerRequest& in,
                                std::size_t max_body,
                                Request& out) {
    const std::string& uri = in.getURI();
    if (uri.size() > kMaxUri) {
        return 414;
    }
    const std::size_t question = uri.find('?');
    out.method = in.getMethod();
    out.path = uri.substr(0, question);
    if (out.path.empty() || out.path.front() != '/' || out.path.find('%') != std::string::npos ||
        out.path.find("..") != std::string::npos) {
        return 404;
    }
    auto query =
        parse_form(question == std::string::npos ? "" : std::string_view(uri).substr(question + 1));
    auto body = read_body(in, max_body);
    if (!body) {
        return 413;
    }
    if (!query) {
        return 400;
    }
    out.query = std::move(*query);
    out.body = std::move(*body);
    for (const auto& [name, value] : in) {
        out.headers[base::to_lower_ascii(name)] = value;
    }
    out.cookies = parse_cookies(in.get("Cookie", ""));
    out.peer = in.clientAddress().host().toString();
    if (in.getContentType().rfind("application/x-www-form-urlencoded", 0) == 0) {
        auto form = parse_form(out.body);
        if (!form) {
            return 400;
        }
        out.form = std::move(*form);
    }
    return std::nullopt;
}

class PageHandler final : public Poco::Net::HTTPRequestHandler {
  public:
    PageHandler(const std::function<Response(const Request&)>& handler, std::size_t max_body)
        : handler_(handler), max_body_(max_body) {}

    void handleRequest(Poco::Net::HTTPServerRequest& in,
                       Poco::Net::HTTPServerResponse& out) override {
        Request request;
        const auto refused = read_request(in, max_body_, request);
        Response response =
            refused ? plain_text(*refused, "This request cannot be read.\n") : handler_(request);
        out.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(response.status));
        out.setReason(Poco::Net::HTTPResponse::getReasonForStatus(out.getStatus()));
        out.setContentType(response.content_type);
        add_security_headers(out);
        for (const auto& [name, value] : response.headers) {
            out.set(name, value);
        }
        if (refused) {
            out.setKeepAlive(false);
        }
        out.sendBuffer(response.body.data(), response.body.size());
    }

  private:
    const std::function<Response(const Request&)>& handler_;
    std::size_t max_body_;
};

class PageHandlerFactory final : public Poco::Net::HTTPRequestHandlerFactory {
  public:
    PageHandlerFactory(std::function<Response(const Request&)> handler, std::size_t max_body)
        : handler_(std::move(handler)), max_body_(max_body) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(
        const Poco::Net::HTTPServerRequest&) override {
        return new PageHandler(handler_, max_body_);  // the server owns and deletes it
    }

  private:
    std::function<Response(const Request&)> handler_;
    std::size_t max_body_;
};

Poco::Net::ServerSocket listen_on(const ServerOptions& options) {
    const Poco::Net::SocketAddress address(options.host, static_cast<Poco::UInt16>(options.port));
    if (options.certificate.empty()) {
        if (!address.host().isLoopback()) {
            throw base::SystemError(
                "web",
                "",
                base::Remedy::Stop,
                "web.host can be reached by others: give web.certificate and web.key");
        }
        return Poco::Net::ServerSocket(address, 64);
    }
    Poco::Net::Context::Ptr context(new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE,
                                                           options.key,
                                                           options.certificate,
                                                           "",
                                                           Poco::Net::Context::VERIFY_NONE));
    context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
    return Poco::Net::SecureServerSocket(address, 64, context);
}

}  // namespace

struct Server::Impl {
    Impl(const ServerOptions& options, std::function<Response(const Request&)> handler)
        : pool("web", 2, options.threads),
          server(new PageHandlerFactory(std::move(handler), options.max_body),
                 pool,
                 listen_on(options),
                 parameters(options)) {}

    static Poco::Net::HTTPServerParams::Ptr parameters(const ServerOptions& options) {
        Poco::Net::HTTPServerParams::Ptr out(new Poco::Net::HTTPServerParams);
        out->setMaxThreads(options.threads);
        out->setMaxQueued(64);
        out->setTimeout(Poco::Timespan(options.timeout_seconds, 0));
        out->setKeepAliveTimeout(Poco::Timespan(options.timeout_seconds, 0));
        out->setServerName("hrbridge");
        return out;
    }

    Poco::ThreadPool pool;
    Poco::Net::HTTPServer server;
};

Server::Server(const ServerOptions& options,
               std::function<Response(const Request&)> handler,
               base::Log& log) {
    try {
        impl_ = std::make_unique<Impl>(options, std::move(handler));
        impl_->server.start();
    } catch (const Poco::Exception& error) {
        throw base::SystemError("web",
                                "",
                                base::Remedy::Stop,
                                fmt::format("cannot serve pages on {}:{}: {}",
                                            options.host,
                                            options.port,
                                            error.displayText()));
    }
    log.info("pages served", {{"host", options.host}, {"port", std::to_string(port())}});
}

Server::~Server() {
    impl_->server.stopAll(true);
    impl_->pool.joinAll();
}

int Server::port() const {
    return impl_->server.socket().address().port();
}

}  // namespace hrbridge::web
