#pragma once

#include "daemon/base/log.h"
#include "daemon/web/connections.h"
#include "daemon/web/request_reader.h"
#include "daemon/web/server.h"

namespace hrbridge::web {

// What goes to and fro on one connection: requests are read within their limits and answered one
// behind another.
class Exchange {
  public:
    Exchange(Connection& connection,
             const ServerOptions& options,
             const RequestHandler& handler,
             base::Log& log);
    // Returns when the connection is of no more use.
    void run();

  private:
    enum class Next { Request, Close, Drop };
    Next one_request();
    Next answer_refusal(int status, bool without_body);
    Next answer(const Response& response, bool keep_alive, bool without_body);
    Response ask(Request request) const;
    ReadResult read_body(const RequestHead& head, std::string& out);
    std::size_t receive(char* place, std::size_t size);
    bool send(std::string_view bytes);

    Connection& connection_;
    const ServerOptions& options_;
    const RequestHandler& handler_;
    base::Log& log_;
    RequestReader reader_;
    bool waits_ = false;  // for the first byte of a request
};

}  // namespace hrbridge::web
