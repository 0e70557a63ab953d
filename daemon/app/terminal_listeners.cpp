#include "daemon/app/terminal_listeners.h"

#include <algorithm>

#include "daemon/app/terminal_desk.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kThreads = 16;

web::ServerOptions options_of(const std::string& host, int port) {
    web::ServerOptions options;
    options.host = host;
    options.port = port;
    options.plain_for_all = true;
    options.raw_bodies_in = TerminalDesk::kPath;
    options.max_body = TerminalDesk::kMostBytes * 2;
    options.threads = kThreads;
    return options;
}

web::Response unavailable(const web::Request&) {
    return web::plain_text(503, "ERROR: starting\n");
}

}  // namespace

std::set<TerminalListeners::Address> TerminalListeners::addresses(const Services& services) {
    std::set<Address> all;
    for (const TerminalAddress& each : services.terminal_addresses) {
        all.emplace(each.host, each.port);
    }
    return all;
}

const TerminalListeners::Entry* TerminalListeners::find(const Address& address) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& each) {
        return each.address == address;
    });
    return found == entries_.end() ? nullptr : &*found;
}

void TerminalListeners::prepare(const Services& services) {
    std::vector<Entry> fresh;
    for (const Address& address : addresses(services)) {
        if (find(address) == nullptr) {
            fresh.push_back({address,
                             std::make_unique<web::Server>(
                                 options_of(address.first, address.second), unavailable, log_)});
        }
    }
    std::move(fresh.begin(), fresh.end(), std::back_inserter(entries_));
}

void TerminalListeners::show(const std::shared_ptr<Services>& services) {
    const std::set<Address> wanted = addresses(*services);
    std::erase_if(entries_, [&](const Entry& each) { return !wanted.contains(each.address); });
    for (const Entry& each : entries_) {
        each.server->replace([services](const web::Request& request) {
            return services->terminals->answer(request);
        });
        log_.info("terminals are listened for in plain HTTP, nothing else is served there",
                  {{"host", each.address.first}, {"port", std::to_string(each.server->port())}});
    }
}

int TerminalListeners::port(const std::string& host, int port) const {
    const Entry* entry = find({host, port});
    return entry == nullptr ? 0 : entry->server->port();
}

}  // namespace hrbridge::app
