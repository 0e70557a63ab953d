#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace hrbridge::test {

struct HttpRequest {
    std::string method;
    std::string target;                          // path and query as sent
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

struct HttpResponse {
    int status = 200;
    std::string body = {};
    std::map<std::string, std::string> headers = {};
    std::chrono::milliseconds delay{0};  // before the answer
    bool close_without_answer = false;
    // Promises the whole body and sends only this many bytes; -1: all.
    long truncate_at = -1;
};

// A small HTTP server on loopback whose answers a function gives; with TLS by a certificate of its
// own authority, made anew for each server. The handler is called from several threads.
class HttpsServer {
  public:
    using Handler = std::function<HttpResponse(const HttpRequest&)>;
    enum class Transport { Tls, Plain };

    explicit HttpsServer(Handler handler, Transport transport = Transport::Tls);
    HttpsServer(const HttpsServer&) = delete;
    HttpsServer& operator=(const HttpsServer&) = delete;
    ~HttpsServer();

    std::string base_url() const;  // "https://127.0.0.1:PORT"
    std::string ca_file() const;   // PEM of the authority
    int requests() const;          // answered so far

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Makes ca.pem, server.pem and server.key (for 127.0.0.1 and localhost) in a folder, for so many
// days from now on.
void make_certificates(const std::string& folder, int days = 30);

}  // namespace hrbridge::test
