#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "daemon/app/cli.h"
#include "daemon/app/output.h"
#include "daemon/base/descriptor.h"
#include "daemon/base/log.h"

namespace hrbridge::app {

// The control socket: commands beside a running daemon go to it, so that one process owns the
// store. A Unix socket of mode 0660; the kernel says who calls (SO_PEERCRED). One JSON line asks,
// JSON lines answer, the last one holds the exit code.

// Who gives a command and what comes with it.
struct ControlCall {
    std::string input;     // what the command would read from standard input
    std::string actor;     // "uid 0 (root)", as the kernel says
    std::stop_token stop;  // asked when the server ends
};

// Runs a command in the daemon, in a thread of its own; several at a time.
using ControlHandler =
    std::function<Exit(const CommandLine& line, const ControlCall& call, Output& output)>;

// Callers at a time; one more is told to try again.
inline constexpr std::size_t kMostCallers = 8;

class ControlServer {
  public:
    // Binds the socket; a stale file of a dead daemon is replaced, and a missing folder is made
    // when the one above it is there. Throws base::SystemError, which names the configuration's key
    // and what to do, when another daemon answers on it or it cannot be made. Who does not ask, or
    // does not read what he is told, for longer than `patience` loses his place; his answer then
    // ends without an exit code.
    ControlServer(std::string path,
                  ControlHandler handler,
                  base::Log& log,
                  std::chrono::milliseconds patience = std::chrono::seconds(10));
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;
    // Asks the commands under way to stop and waits for them.
    ~ControlServer();

  private:
    class Caller;

    void serve(const std::stop_token& stop);
    void take(int client);
    void answer(int client, const std::stop_token& stop);

    std::string path_;
    ControlHandler handler_;
    base::Log& log_;
    std::chrono::milliseconds patience_;
    base::Descriptor socket_;
    base::Descriptor wake_;      // an event that ends the serving thread's wait
    std::list<Caller> callers_;  // of the serving thread, and of the destructor behind it
    std::jthread thread_;
};

// Sends a command to a running daemon; nullopt when none listens. `input` is what the command
// would read from standard input (a password). Throws base::SystemError when the caller may not
// use the socket or the answer has no end.
std::optional<Exit> call_daemon(const std::string& path,
                                const CommandLine& line,
                                const std::string& input,
                                Output& output);

// "uid 0 (root)": who gives a command, as logs, audit and ledger name him.
std::string unix_actor(unsigned int uid);

}  // namespace hrbridge::app
