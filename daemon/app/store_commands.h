#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "daemon/app/cli.h"
#include "daemon/app/output.h"
#include "daemon/app/recent_log.h"
#include "daemon/app/services.h"

namespace hrbridge::app {

// The daemon in which a command runs.
struct DaemonProcess {
    int pid = 0;
    base::Timestamp since;
    const RecentLog* recent = nullptr;  // null: nobody remembers the log's lines
};

// Who gave a command and what it may read from standard input.
struct CommandContext {
    Services& services;
    const CommandLine& line;
    std::string input;
    std::string actor;  // "uid 0 (root)"
    Output& output;
    std::stop_token stop;
    std::optional<DaemonProcess> daemon = std::nullopt;  // none: this process is a command's own
};

// Runs a command that works with the store: here, or in the daemon for a caller of the control
// socket.
Exit run_store_command(const CommandContext& context);
// Whether a command is one of these.
bool is_store_command(const std::string& command);

// "there is no mapping 'x'; did you mean 'y'?", or with the names when none is near.
std::string no_mapping(const Services& services, const std::string& name);

// The groups of commands by their first word.
Exit run_sync(const CommandContext& context);
Exit run_rejects(const CommandContext& context);
Exit run_outbox(const CommandContext& context);
Exit run_findings(const CommandContext& context);
Exit run_jobs(const CommandContext& context);
Exit run_users(const CommandContext& context);
Exit run_status(const CommandContext& context);
Exit run_store(const CommandContext& context);
Exit run_migrate(const CommandContext& context);
// `support bundle`: its parts, as far as they can be had; the store need not answer.
Exit run_support(const CommandContext& context);

}  // namespace hrbridge::app
