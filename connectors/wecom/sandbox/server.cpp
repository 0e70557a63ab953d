#include "connectors/wecom/sandbox/server.h"

#include <array>
#include <condition_variable>
#include <istream>
#include <iterator>
#include <mutex>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTMLForm.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>

#include "connectors/wecom/sandbox/endable_connections.h"
#include "daemon/base/error.h"
#include "daemon/base/open_sockets.h"

namespace hrbridge::wecom::sandbox {
namespace {

constexpr std::size_t kMostBytes = 16U << 20U;
constexpr int kThreads = 8;

// Wakes the answers that never come when the server ends.
class End {
  public:
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ended_; });
    }
    void set() {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ended_ = false;
};

std::string read_body(std::istream& in) {
    std::string body;
    std::array<char, 8192> piece{};
    while (body.size() <= kMostBytes && (in.read(piece.data(), piece.size()), in.gcount() > 0)) {
        body.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    }
    return body;
}

void read_pairs(const std::string& encoded, std::map<std::string, std::string>& out) {
    Poco::URI uri;
    uri.setRawQuery(encoded);
    for (auto& [name, value] : uri.getQueryParameters()) {
        out.emplace(name, value);
    }
}

Request to_request(Poco::Net::HTTPServerRequest& in) {
    Request request;
    const Poco::URI uri(in.getURI());
    request.method = in.getMethod();
    request.path = uri.getPath();
    read_pairs(uri.getRawQuery(), request.query);
    request.content_type = in.getContentType();
    request.client = in.clientAddress().host().toString();
    request.host = in.get("Host", "");
    request.origin = in.get("Origin", "");
    request.body = read_body(in.stream());
    if (request.content_type.rfind("application/x-www-form-urlencoded", 0) == 0) {
        read_pairs(request.body, request.form);
    }
    return request;
}

class RequestHandler final : public Poco::Net::HTTPRequestHandler {
  public:
    RequestHandler(const Server::Handler& handler, End& end) : handler_(handler), end_(end) {}

    void handleRequest(Poco::Net::HTTPServerRequest& in,
                       Poco::Net::HTTPServerResponse& out) override {
        Response response;
        try {
            response = handler_(to_request(in));
        } catch (const Poco::SyntaxException&) {
            response = html("400", 400);
        }
        if (response.hang) {
            end_.wait();
        }
        if (response.hang || response.drop) {
            out.setKeepAlive(false);
            dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(in).socket().shutdown();
            return;
        }
        out.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(response.status));
        out.setContentType(response.content_type);
        out.set("Cache-Control", "no-store");
        out.set("X-Content-Type-Options", "nosniff");
        out.set("Content-Security-Policy",
                "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'");
        if (!response.location.empty()) {
            out.set("Location", response.location);
        }
        out.sendBuffer(response.body.data(), response.body.size());
    }

  private:
    const Server::Handler& handler_;
    End& end_;
};

class Factory final : public Poco::Net::HTTPRequestHandlerFactory {
  public:
    Factory(Server::Handler handler, End& end) : handler_(std::move(handler)), end_(end) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(
        const Poco::Net::HTTPServerRequest& /*request*/) override {
        return new RequestHandler(handler_, end_);
    }

  private:
    Server::Handler handler_;
    End& end_;
};

Poco::Net::ServerSocket make_socket(const ServerOptions& options) {
    const Poco::Net::SocketAddress address(options.host, options.port);
    if (options.certificate.empty()) {
        Poco::Net::ServerSocket socket;
        socket.bind(address, true);
        socket.listen();
        return socket;
    }
    const Poco::Net::Context::Ptr context(new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE,
                                                                 options.key,
                                                                 options.certificate,
                                                                 "",
                                                                 Poco::Net::Context::VERIFY_NONE));
    return Poco::Net::SecureServerSocket(address, 64, context);
}

}  // namespace

class Server::Impl {
  public:
    Impl(const ServerOptions& options, Handler handler)
        : threads_(2, kThreads),
          socket_(make_socket(options)),
          http_(new EndableConnections(sockets_, new Factory(std::move(handler), end_)),
                threads_,
                socket_) {
        http_.start();
    }
    ~Impl() {
        end_.set();
        http_.stop();
        sockets_.end_all();
        threads_.joinAll();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::uint16_t port() const { return socket_.address().port(); }

  private:
    End end_;
    base::OpenSockets sockets_;
    Poco::ThreadPool threads_;
    Poco::Net::ServerSocket socket_;
    Poco::Net::TCPServer http_;
};

Server::Server(const ServerOptions& options, Handler handler) {
    try {
        impl_ = std::make_unique<Impl>(options, std::move(handler));
    } catch (const Poco::Exception& error) {
        throw base::ConnectorError("wecom-sandbox",
                                   "listen",
                                   base::Remedy::Stop,
                                   "cannot listen on " + options.host + ":" +
                                       std::to_string(options.port) + ": " + error.displayText());
    }
}

Server::~Server() = default;

std::uint16_t Server::port() const {
    return impl_->port();
}

}  // namespace hrbridge::wecom::sandbox
