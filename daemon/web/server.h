#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/base/log.h"
#include "daemon/base/time.h"
#include "daemon/web/http.h"

namespace hrbridge::web {

struct ServerOptions {
    std::string host = "127.0.0.1";
    int port = 0;             // 0: a free one
    std::string certificate;  // PEM; with key: TLS
    std::string key;
    // With TLS: how long browsers shall come by nothing else; 0 takes back what they were told.
    std::chrono::hours strict_transport{24 * 365};
    // Plain HTTP at an address that others can reach: for listeners that serve no pages and no
    // logins, because their clients speak nothing else.
    bool plain_for_all = false;
    // Bodies of requests whose path holds this are no forms, whatever type they name; empty: none.
    std::string raw_bodies_in;
    std::size_t max_body = 1U << 20U;
    std::size_t threads = 32;  // at most, started when needed; each serves one connection
    // After these a connection is ended, however often a byte comes in between.
    std::chrono::milliseconds idle_time{10'000};     // for a request to begin
    std::chrono::milliseconds request_time{20'000};  // for its header, and again for its body
    std::chrono::milliseconds answer_time{120'000};  // for the client to take the answer
    // Makes no room for others so shortly behind its beginning or an answer: a request may come.
    std::chrono::milliseconds grace_time{1'000};
    // The same of a body that is on its way, and of an answer that the client does not take.
    std::chrono::milliseconds slow_time{3'000};
};

// Called in several threads at a time.
using RequestHandler = std::function<Response(const Request&)>;

class CurrentCertificate;
class CurrentHandler;
class Listener;

// The daemon's own HTTP server. Requests are parsed strictly and limited in size and time; answers
// carry headers that forbid frames, sniffing and scripts from elsewhere. When every thread has a
// connection, one of those that wait for their client makes room for a new one (Connections).
// Serves from construction until destruction, which waits for requests under work. Throws
// base::SystemError when it cannot listen; refuses an address that others can reach without TLS,
// and one that another server listens on.
class Server {
  public:
    Server(const ServerOptions& options, RequestHandler handler, base::Log& log);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();
    int port() const;
    // False only behind a listen_again() that lost the address.
    bool listening() const;
    // Gives requests to another handler from now on; returns when no request uses the one before.
    // The listener stays, and so do connections.
    void replace(RequestHandler handler);
    const ServerOptions& options() const { return options_; }
    // When the certificate that is shown ends, also when its file holds a newer one by now; nullopt
    // without TLS.
    std::optional<base::Timestamp> certificate_end() const;
    // Whether a server of these options would listen as this one does, but for the certificate.
    bool listens_as(const ServerOptions& options) const;
    // Shows connections that begin from now on the certificate that these options' files hold;
    // those there are go on. False when that is what is shown already. Throws base::SystemError
    // when the files cannot be used, and shows the one before. Only with TLS, one caller at a time.
    bool renew_certificate(const ServerOptions& options);
    // Listens anew with these options, with TLS or without; connections end. Throws
    // when that fails and listens as before. When another program takes the address at that moment
    // it tries for some seconds, and then neither is listened to.
    void listen_again(const ServerOptions& options);

  private:
    void listen(const ServerOptions& options);
    void listen_patiently(const ServerOptions& options);

    base::Log& log_;
    ServerOptions options_;
    std::unique_ptr<CurrentHandler> handler_;
    std::unique_ptr<CurrentCertificate> certificate_;  // nullptr without TLS
    std::unique_ptr<Listener> listener_;
};

// When the certificate of these options ends; nullopt without TLS. Throws base::SystemError when
// certificate and key cannot be used together.
std::optional<base::Timestamp> check_certificate(const ServerOptions& options);

}  // namespace hrbridge::web
