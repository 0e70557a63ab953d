#include "tests/support/https_server.h"

#include <atomic>
#include <iterator>
#include <thread>

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>

#include "connectors/wecom/sandbox/endable_connections.h"
#include "daemon/base/open_sockets.h"
#include "daemon/base/text.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {
namespace {

namespace net = Poco::Net;

HttpRequest read(net::HTTPServerRequest& in) {
    HttpRequest out;
    out.method = in.getMethod();
    out.target = in.getURI();
    for (const auto& [name, value] : in) {
        out.headers[base::to_lower_ascii(name)] = value;
    }
    out.body.assign(std::istreambuf_iterator<char>(in.stream()), std::istreambuf_iterator<char>());
    return out;
}

void cut_connection(net::HTTPServerRequest& in) {
    static_cast<net::HTTPServerRequestImpl&>(in).socket().shutdown();
}

void write(const HttpResponse& response, net::HTTPServerRequest& in, net::HTTPServerResponse& out) {
    std::this_thread::sleep_for(response.delay);
    if (response.close_without_answer) {
        cut_connection(in);
        return;
    }
    out.setStatus(static_cast<net::HTTPResponse::HTTPStatus>(response.status));
    for (const auto& [name, value] : response.headers) {
        out.set(name, value);
    }
    out.setContentLength64(static_cast<Poco::Int64>(response.body.size()));
    std::ostream& stream = out.send();
    if (response.truncate_at >= 0) {
        stream.write(response.body.data(), static_cast<std::streamsize>(response.truncate_at));
        stream.flush();
        cut_connection(in);
        return;
    }
    stream << response.body;
}

class Answer final : public net::HTTPRequestHandler {
  public:
    Answer(const HttpsServer::Handler& handler, std::atomic<int>& requests)
        : handler_(handler), requests_(requests) {}
    void handleRequest(net::HTTPServerRequest& in, net::HTTPServerResponse& out) override {
        ++requests_;
        try {
            write(handler_(read(in)), in, out);
        } catch (const Poco::Exception&) {
            // the client went away, as some tests want
        }
    }

  private:
    const HttpsServer::Handler& handler_;
    std::atomic<int>& requests_;
};

class Answers final : public net::HTTPRequestHandlerFactory {
  public:
    Answers(HttpsServer::Handler handler, std::atomic<int>& requests)
        : handler_(std::move(handler)), requests_(requests) {}
    net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
        return new Answer(handler_, requests_);
    }

  private:
    HttpsServer::Handler handler_;
    std::atomic<int>& requests_;
};

net::ServerSocket listen_on(HttpsServer::Transport transport, const TempDir& folder) {
    const net::SocketAddress address("127.0.0.1", 0);
    if (transport == HttpsServer::Transport::Plain) {
        return net::ServerSocket(address);
    }
    make_certificates(folder.path().string());
    net::Context::Ptr context(new net::Context(net::Context::TLS_SERVER_USE,
                                               folder.file("server.key"),
                                               folder.file("server.pem"),
                                               "",
                                               net::Context::VERIFY_NONE));
    return net::SecureServerSocket(address, 64, context);
}

}  // namespace

struct HttpsServer::Impl {
    Impl(Handler handler, Transport transport)
        : scheme(transport == Transport::Tls ? "https" : "http"),
          server(new wecom::sandbox::EndableConnections(sockets,
                                                        new Answers(std::move(handler), requests)),
                 threads,
                 listen_on(transport, folder)) {
        server.start();
    }

    TempDir folder;
    std::string scheme;
    std::atomic<int> requests{0};
    base::OpenSockets sockets;
    Poco::ThreadPool threads;
    net::TCPServer server;
};

HttpsServer::HttpsServer(Handler handler, Transport transport)
    : impl_(std::make_unique<Impl>(std::move(handler), transport)) {}

HttpsServer::~HttpsServer() {
    impl_->server.stop();
    impl_->sockets.end_all();
    impl_->threads.joinAll();  // a handler may still be at work in what is deleted next
}

std::string HttpsServer::base_url() const {
    return impl_->scheme +
           "://127.0.0.1:" + std::to_string(impl_->server.socket().address().port());
}

std::string HttpsServer::ca_file() const {
    return impl_->folder.file("ca.pem");
}

int HttpsServer::requests() const {
    return impl_->requests;
}

}  // namespace hrbridge::test
