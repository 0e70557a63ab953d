#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "daemon/app/cli.h"
#include "daemon/app/output.h"
#include "daemon/base/log.h"

namespace hrbridge::app {

// The control socket: commands beside a running daemon go to it, so that one process owns the
// store. A Unix socket of mode 0660; the kernel says who calls (SO_PEERCRED). One JSON line asks,
// JSON lines answer, the last one holds the exit code.

// Runs a command in the daemon; `actor` is "uid 0 (root)". Called in a thread of its own.
using ControlHandler = std::function<Exit(
    const CommandLine& line, const std::string& input, const std::string& actor, Output& output)>;

class ControlServer {
  public:
    // Binds the socket; a stale file of a dead daemon is replaced. Throws base::SystemError when
    // another daemon answers on it or the folder cannot be written.
    ControlServer(std::string path, ControlHandler handler, base::Log& log);
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;
    ~ControlServer();

  private:
    void serve(const std::stop_token& stop);
    void answer(int client);

    std::string path_;
    ControlHandler handler_;
    base::Log& log_;
    int socket_ = -1;
    std::jthread thread_;
};

// Sends a command to a running daemon; nullopt when none listens. `input` is what the command
// would read from standard input (a password). Throws base::SystemError when the caller may not
// use the socket or the daemon goes away.
std::optional<Exit> call_daemon(const std::string& path,
                                const CommandLine& line,
                                const std::string& input,
                                Output& output);

}  // namespace hrbridge::app
