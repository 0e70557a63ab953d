#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <Poco/Net/Context.h>
#include <Poco/Net/StreamSocket.h>

#include "daemon/web/arrivals.h"

namespace hrbridge::web {

class Connections;

// One accepted connection, used by the thread that serves it. Another thread may end it: then the
// socket gives and takes no more bytes, and only that; it never touches the TLS state.
class Connection {
  public:
    using Clock = std::chrono::steady_clock;
    // Waiting: for a request. Header: some of it has come. Closing: all has been answered.
    enum class Phase { Waiting, Header, Body, Working, Answering, Closing };

    Connection(Connections& owner, Arrival arrival);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() = default;

    // Speaks TLS from now on. Throws Poco's exceptions.
    void start_tls(const Poco::Net::Context::Ptr& context);
    // The address that it comes from.
    const std::string& peer() const { return peer_; }
    // What is sent and received through.
    Poco::Net::StreamSocket& socket() { return tls_ ? *tls_ : *socket_; }
    // Begins a phase, which ends the connection when it takes longer than `most`. False when the
    // connection has been ended before.
    bool enter(Phase phase, std::chrono::milliseconds most);
    // Begins a phase that may take as long as it wants.
    bool enter(Phase phase);
    // Whether other clients wait for a thread to serve them.
    bool others_wait() const;
    // Says that no more will be sent and drops what the client still sends, so that the client
    // reads the answer: closing before would tell it of a broken connection instead. Ends with the
    // client, after `most`, or after some megabytes.
    void close_gently(std::chrono::milliseconds most);

  private:
    friend class Connections;
    bool enter_until(Phase phase, Clock::time_point deadline);
    bool is_slow() const;
    bool can_make_room() const;
    Clock::time_point makes_room_at() const;
    void stop_sending();
    void end();

    Connections& owner_;
    const std::string peer_;
    std::unique_ptr<Poco::Net::StreamSocket> socket_;
    std::unique_ptr<Poco::Net::StreamSocket> tls_;
    int fd_;
    // Guarded by the owner's mutex.
    Phase phase_ = Phase::Waiting;
    Clock::time_point since_;     // when what the client is waited for for began
    Clock::time_point last_use_;  // when the last answer began to be sent, first its beginning
    Clock::time_point deadline_ = Clock::time_point::max();
    bool ended_ = false;
};

// The connections of a server and the threads that serve them, one each. When all threads have a
// connection and another one comes, one of those is ended that wait long for their client: rather
// one without a whole header than one that takes long to send its body or to take its answer, then
// one of the address that has the most, then the one whose last request is longest ago. One whose
// request is under work never is.
class Connections {
  public:
    // Serves a connection until its end. Called in a thread of its own; must not throw.
    using Serve = std::function<void(Connection&)>;

    struct Limits {
        std::size_t served = 0;             // at a time
        std::size_t waiting = 0;            // for it; more are turned away
        std::chrono::milliseconds grace{};  // in which none is ended to make room
        std::chrono::milliseconds slow{};   // the same of a body and of an answer
    };

    Connections(const Limits& limits, Serve serve);
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;
    // Ends all, also those that wait, and returns when nothing is served any more.
    ~Connections();
    void add(Arrival arrival);

  private:
    friend class Connection;
    void work();
    void watch();
    void end_overdue(Connection::Clock::time_point now);
    void make_room(Connection::Clock::time_point now);
    std::map<std::string, std::size_t> served_by_peer() const;
    void look_at(Connection::Clock::time_point time);

    const Limits limits_;
    const Serve serve_;

    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable watch_;
    bool stopping_ = false;
    std::list<Connection> open_;
    Arrivals waiting_;
    Connection::Clock::time_point next_look_ = Connection::Clock::time_point::max();
    std::vector<std::thread> threads_;
    std::thread watcher_;
};

}  // namespace hrbridge::web
