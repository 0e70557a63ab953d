#include "daemon/web/listener.h"

#include <chrono>
#include <memory>
#include <system_error>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/SocketImpl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "daemon/base/error.h"

namespace hrbridge::web {
namespace {

constexpr int kWaitingConnections = 64;
constexpr std::chrono::milliseconds kBreath{100};

base::SystemError failure(const std::string& what) {
    return {"web", "", base::Remedy::Stop, what};
}

Poco::Net::SocketAddress address_of(const ServerOptions& options) {
    return {options.host, static_cast<Poco::UInt16>(options.port)};
}

Poco::Net::ServerSocket listen_on(const ServerOptions& options) {
    check_open_address(options);
    constexpr bool kReuseAddress = true;
    constexpr bool kReusePort =
        false;  // Poco's constructors share it with the user's other servers
    Poco::Net::ServerSocket socket;
    socket.bind(address_of(options), kReuseAddress, kReusePort);
    socket.listen(kWaitingConnections);
    // A client that went away before it was accepted must not hold the one who accepts.
    socket.setBlocking(false);
    return socket;
}

// TLS begins in the thread that serves, so that one thread alone has to do with its state.
Connections::Serve with_transport(const CurrentCertificate* certificate, Connections::Serve serve) {
    if (certificate == nullptr) {
        return serve;
    }
    return [certificate, serve = std::move(serve)](Connection& connection) {
        try {
            connection.start_tls(certificate->context());
        } catch (const Poco::Exception&) {
            return;  // the client has gone
        }
        serve(connection);
    };
}

}  // namespace

Listener::Listener(const ServerOptions& options,
                   const CurrentCertificate* certificate,
                   Connections::Serve serve)
    : connections_({options.threads, kWaitingConnections, options.grace_time, options.slow_time},
                   with_transport(certificate, std::move(serve))),
      socket_(listen_on(options)),
      thread_([this] { accept_all(); }) {}

Listener::~Listener() {
    ::shutdown(socket_.impl()->sockfd(), SHUT_RDWR);
    thread_.join();
}

void Listener::accept_all() {
    pollfd wanted{socket_.impl()->sockfd(), POLLIN, 0};
    for (;;) {
        wanted.revents = 0;
        if (::poll(&wanted, 1, -1) > 0 && (wanted.revents & POLLIN) == 0) {
            return;
        }
        if ((wanted.revents & POLLHUP) != 0) {
            return;
        }
        try {
            Poco::Net::SocketAddress client;
            auto socket =
                std::make_unique<Poco::Net::StreamSocket>(socket_.acceptConnection(client));
            socket->setBlocking(true);
            socket->setNoDelay(true);
            connections_.add({std::move(socket), client.host().toString()});
        } catch (const Poco::TimeoutException&) {
            continue;  // the client has gone again
        } catch (const Poco::Exception&) {
            std::this_thread::sleep_for(kBreath);  // e.g. no more file descriptors
        } catch (const std::system_error&) {
            std::this_thread::sleep_for(kBreath);  // no more threads: those there are serve it
        }
    }
}

void check_open_address(const ServerOptions& options) {
    if (options.certificate.empty() && !options.plain_for_all &&
        !address_of(options).host().isLoopback()) {
        throw failure("web.host can be reached by others: give web.certificate and web.key");
    }
}

}  // namespace hrbridge::web
