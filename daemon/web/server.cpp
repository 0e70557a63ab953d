#include "daemon/web/server.h"

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

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
#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::web {

// The handler that holds at the time, and who still uses it.
class CurrentHandler {
  public:
    explicit CurrentHandler(RequestHandler handler)
        : current_(std::make_shared<Use>(std::move(handler))) {}

    Response operator()(const Request& request) {
        const Borrowed borrowed(*this);
        return borrowed.use().handler(request);
    }
    void replace(RequestHandler handler) {
        std::unique_lock lock(mutex_);
        const std::shared_ptr<Use> before =
            std::exchange(current_, std::make_shared<Use>(std::move(handler)));
        changed_.wait(lock, [&] { return before->requests == 0; });
    }

  private:
    struct Use {
        explicit Use(RequestHandler given) : handler(std::move(given)) {}
        RequestHandler handler;
        int requests = 0;
    };
    class Borrowed {
      public:
        explicit Borrowed(CurrentHandler& owner) : owner_(owner) {
            const std::lock_guard lock(owner_.mutex_);
            use_ = owner_.current_;
            ++use_->requests;
        }
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
        ~Borrowed() {
            const std::lock_guard lock(owner_.mutex_);
            --use_->requests;
            owner_.changed_.notify_all();
        }
        const Use& use() const { return *use_; }

      private:
        CurrentHandler& owner_;
        std::shared_ptr<Use> use_;
    };

    std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<Use> current_;
};

namespace {

constexpr std::size_t kMaxUri = 4096;
constexpr int kWaitingConnections = 64;
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kTryEvery{50};

// Empty without TLS.
std::string certificate_digest(const ServerOptions& options) {
    std::string bytes;
    for (const std::string& path : {options.certificate, options.key}) {
        std::ifstream file(path, std::ios::binary);
        bytes.append(std::istreambuf_iterator<char>(file), {});
        bytes += '/';
    }
    return options.certificate.empty() ? std::string() : base::sha256(bytes);
}

base::SystemError failure(const std::string& what) {
    return {"web", "", base::Remedy::Stop, what};
}

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
    PageHandler(CurrentHandler& handler, std::size_t max_body)
        : handler_(handler), max_body_(max_body) {}

    void handleRequest(Poco::Net::HTTPServerRequest& in,
                       Poco::Net::HTTPServerResponse& out) override {
        Request request;
        const auto refused = read_request(in, max_body_, request);
        Response response =
            refused ? plain_text(*refused, "This request cannot be read.\n") : handler_(request);
        if (response.unanswered) {
            out.setKeepAlive(false);
            return;
        }
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
    CurrentHandler& handler_;
    std::size_t max_body_;
};

class PageHandlerFactory final : public Poco::Net::HTTPRequestHandlerFactory {
  public:
    PageHandlerFactory(CurrentHandler& handler, std::size_t max_body)
        : handler_(handler), max_body_(max_body) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(
        const Poco::Net::HTTPServerRequest&) override {
        return new PageHandler(handler_, max_body_);  // the server owns and deletes it
    }

  private:
    CurrentHandler& handler_;
    std::size_t max_body_;
};

Poco::Net::Context::Ptr make_context(const ServerOptions& options) {
    Poco::Net::Context::Ptr context(new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE,
                                                           options.key,
                                                           options.certificate,
                                                           "",
                                                           Poco::Net::Context::VERIFY_NONE));
    context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
    return context;
}

// Poco's constructors would share the address with any other server of the same user.
template <typename Socket>
Poco::Net::ServerSocket listening(Socket socket, const Poco::Net::SocketAddress& address) {
    constexpr bool kReuseAddress = true;
    constexpr bool kReusePort = false;
    socket.bind(address, kReuseAddress, kReusePort);
    socket.listen(kWaitingConnections);
    return socket;
}

void check_open_address(const ServerOptions& options) {
    const Poco::Net::SocketAddress address(options.host, static_cast<Poco::UInt16>(options.port));
    if (options.certificate.empty() && !address.host().isLoopback()) {
        throw failure("web.host can be reached by others: give web.certificate and web.key");
    }
}

Poco::Net::ServerSocket listen_on(const ServerOptions& options) {
    const Poco::Net::SocketAddress address(options.host, static_cast<Poco::UInt16>(options.port));
    check_open_address(options);
    if (options.certificate.empty()) {
        return listening(Poco::Net::ServerSocket(), address);
    }
    return listening(Poco::Net::SecureServerSocket(make_context(options)), address);
}

}  // namespace

struct Server::Impl {
    Impl(const ServerOptions& options, CurrentHandler& handler)
        : pool("web", 2, options.threads),
          server(new PageHandlerFactory(handler, options.max_body),
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

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        server.stopAll(true);
        pool.joinAll();
    }

    Poco::ThreadPool pool;
    Poco::Net::HTTPServer server;
};

Server::Server(const ServerOptions& options, RequestHandler handler, base::Log& log)
    : log_(log), handler_(std::make_unique<CurrentHandler>(std::move(handler))) {
    listen(options);
}

Server::~Server() {
    impl_.reset();
}

void Server::listen(const ServerOptions& options) {
    try {
        impl_ = std::make_unique<Impl>(options, *handler_);
        impl_->server.start();
    } catch (const Poco::Exception& error) {
        impl_.reset();
        throw failure(fmt::format(
            "cannot serve pages on {}:{}: {}", options.host, options.port, error.displayText()));
    }
    options_ = options;
    certificate_ = certificate_digest(options);
    log_.info("pages served", {{"host", options.host}, {"port", std::to_string(port())}});
}

int Server::port() const {
    return impl_->server.socket().address().port();
}

bool Server::listening() const {
    return impl_ != nullptr;
}

void Server::replace(RequestHandler handler) {
    handler_->replace(std::move(handler));
}

bool Server::listens_as(const ServerOptions& options) const {
    return options.host == options_.host && options.port == options_.port &&
           options.certificate == options_.certificate && options.key == options_.key &&
           certificate_digest(options) == certificate_;
}

void Server::listen_again(const ServerOptions& options) {
    const ServerOptions before = options_;
    check_open_address(options);
    if (!options.certificate.empty()) {
        check_certificate(options);
    }
    impl_.reset();
    try {
        listen_patiently(options);
    } catch (const base::SystemError&) {
        listen_patiently(before);
        throw;
    }
}

// Somebody else may have taken the address in the moment in which nobody had it.
void Server::listen_patiently(const ServerOptions& options) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!impl_) {
        try {
            listen(options);
        } catch (const base::SystemError&) {
            if (std::chrono::steady_clock::now() > end) {
                throw;
            }
            std::this_thread::sleep_for(kTryEvery);
        }
    }
}

void check_certificate(const ServerOptions& options) {
    try {
        make_context(options);
    } catch (const Poco::Exception& error) {
        throw failure(fmt::format("certificate and key cannot be used: {}", error.displayText()));
    }
}

}  // namespace hrbridge::web
