#include "daemon/web/server.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <Poco/Exception.h>
#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/ids.h"
#include "daemon/web/certificate.h"
#include "daemon/web/exchange.h"
#include "daemon/web/listener.h"

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

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kTryEvery{50};

std::unique_ptr<CurrentCertificate> certificate_of(const ServerOptions& options) {
    return options.certificate.empty() ? nullptr
                                       : std::make_unique<CurrentCertificate>(
                                             open_certificate(options, read_certificate(options)));
}

}  // namespace

Server::Server(const ServerOptions& options, RequestHandler handler, base::Log& log)
    : log_(log), handler_(std::make_unique<CurrentHandler>(std::move(handler))) {
    listen(options);
}

Server::~Server() {
    listener_.reset();
}

void Server::listen(const ServerOptions& options) {
    const auto serve = [options, this](Connection& connection) {
        const RequestHandler handler = [this](const Request& request) {
            return (*handler_)(request);
        };
        Exchange(connection, options, handler, log_).run();
    };
    auto certificate = certificate_of(options);
    try {
        listener_ = std::make_unique<Listener>(options, certificate.get(), serve);
    } catch (const Poco::Exception& error) {
        const bool taken = error.code() == EADDRINUSE;
        throw base::SystemError(
            "web",
            taken ? "EADDRINUSE" : "",
            base::Remedy::Stop,
            fmt::format("cannot listen on {}:{}: {}{}",
                        options.host,
                        options.port,
                        error.displayText(),
                        taken ? "; end the program that has this port (ss -ltnp names it), or "
                                "choose another one"
                              : ""));
    }
    options_ = options;
    certificate_ = std::move(certificate);
    log_.info("pages served", {{"host", options.host}, {"port", std::to_string(port())}});
}

int Server::port() const {
    return listener_->port();
}

bool Server::listening() const {
    return listener_ != nullptr;
}

void Server::replace(RequestHandler handler) {
    handler_->replace(std::move(handler));
}

std::optional<base::Timestamp> Server::certificate_end() const {
    return certificate_ ? certificate_->end() : std::nullopt;
}

bool Server::listens_as(const ServerOptions& options) const {
    return options.host == options_.host && options.port == options_.port &&
           options.certificate.empty() == options_.certificate.empty() &&
           options.strict_transport == options_.strict_transport;
}

bool Server::renew_certificate(const ServerOptions& options) {
    const CertificateFiles files = read_certificate(options);
    const bool is_new = files.digest() != certificate_->digest();
    if (is_new) {
        certificate_->replace(open_certificate(options, files));
    }
    options_.certificate = options.certificate;
    options_.key = options.key;
    return is_new;
}

void Server::listen_again(const ServerOptions& options) {
    const ServerOptions before = options_;
    check_open_address(options);
    check_certificate(options);
    listener_.reset();
    try {
        listen_patiently(options);
    } catch (const base::SystemError&) {
        listen_patiently(before);
        throw;
    }
}

std::optional<base::Timestamp> check_certificate(const ServerOptions& options) {
    const auto certificate = certificate_of(options);
    return certificate ? certificate->end() : std::nullopt;
}

// Somebody else may have taken the address in the moment in which nobody had it.
void Server::listen_patiently(const ServerOptions& options) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!listener_) {
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

}  // namespace hrbridge::web
