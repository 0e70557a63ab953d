#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include <Poco/Net/StreamSocket.h>

namespace hrbridge::web {

// A connection that waits to be served, and the address that it comes from.
struct Arrival {
    std::unique_ptr<Poco::Net::StreamSocket> socket;
    std::string peer;
};

// Connections that wait, shared out by address: one that opens many neither fills the queue against
// others nor stands before them. Not thread-safe.
class Arrivals {
  public:
    explicit Arrivals(std::size_t most) : most_(most) {}

    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }
    // When no more may wait, the newest of the address with the most is turned away: its socket
    // closes. Of equals it is the one that comes.
    void add(Arrival one);
    // The first of those whose address has the fewest connections `served`. There must be one.
    Arrival take(const std::map<std::string, std::size_t>& served);
    void clear() { waiting_.clear(); }

  private:
    std::size_t most_;
    std::deque<Arrival> waiting_;
};

}  // namespace hrbridge::web
