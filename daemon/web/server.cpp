#include "daemon/web/server.h"

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
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
    try {
        listener_ = std::make_unique<Listener>(options, serve);
    } catch (const Poco::Exception& error) {
        throw base::SystemError(
            "web",
            "",
            base::Remedy::Stop,
            fmt::format(
                "cannot listen on {}:{}: {}", options.host, options.port, error.displayText()));
    }
    options_ = options;
    certificate_ = certificate_digest(options);
    certificate_end_ =
        options.certificate.empty() ? std::nullopt : end_of_certificate(options.certificate);
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
    listener_.reset();
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
