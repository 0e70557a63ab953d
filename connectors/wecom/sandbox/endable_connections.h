#pragma once

#include <utility>

#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerConnection.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/SocketImpl.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

#include "daemon/base/open_sockets.h"

namespace hrbridge::wecom::sandbox {

// Connections of a Poco HTTP server that OpenSockets can end: the server's own stop says goodbye on
// a TLS socket from another thread than the one that uses it. The tests' server has them too.
class EndableConnections final : public Poco::Net::TCPServerConnectionFactory {
  public:
    // `sockets` outlives the server.
    EndableConnections(base::OpenSockets& sockets,
                       Poco::Net::HTTPRequestHandlerFactory::Ptr handlers)
        : sockets_(sockets), handlers_(std::move(handlers)) {}
    Poco::Net::TCPServerConnection* createConnection(
        const Poco::Net::StreamSocket& socket) override {
        return new Connection(sockets_, socket, handlers_);  // the server owns and deletes it
    }

  private:
    class Connection final : public Poco::Net::HTTPServerConnection {
      public:
        Connection(base::OpenSockets& sockets,
                   const Poco::Net::StreamSocket& socket,
                   const Poco::Net::HTTPRequestHandlerFactory::Ptr& handlers)
            : Poco::Net::HTTPServerConnection(socket, new Poco::Net::HTTPServerParams, handlers),
              sockets_(sockets) {}
        void run() override {
            const base::OpenSockets::Entry entry(sockets_, socket().impl()->sockfd());
            Poco::Net::HTTPServerConnection::run();
        }

      private:
        base::OpenSockets& sockets_;
    };

    base::OpenSockets& sockets_;
    Poco::Net::HTTPRequestHandlerFactory::Ptr handlers_;
};

}  // namespace hrbridge::wecom::sandbox
