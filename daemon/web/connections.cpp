#include "daemon/web/connections.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <tuple>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketImpl.h>
#include <sys/socket.h>

namespace hrbridge::web {
namespace {

constexpr std::size_t kMostDropped = 16U << 20U;
constexpr std::size_t kPiece = 16U << 10U;

// A client that goes away in the middle of an answer is no reason to end the process.
void block_sigpipe() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Connection::Connection(Connections& owner, Arrival arrival)
    : owner_(owner),
      peer_(std::move(arrival.peer)),
      socket_(std::move(arrival.socket)),
      fd_(socket_->impl()->sockfd()),
      since_(Clock::now()),
      last_use_(since_) {}

void Connection::start_tls(const Poco::Net::Context::Ptr& context) {
    tls_ = std::make_unique<Poco::Net::SecureStreamSocket>(
        Poco::Net::SecureStreamSocket::attach(*socket_, context));
}

bool Connection::enter(Phase phase, std::chrono::milliseconds most) {
    return enter_until(phase, Clock::now() + most);
}

bool Connection::enter(Phase phase) {
    return enter_until(phase, Clock::time_point::max());
}

bool Connection::enter_until(Phase phase, Clock::time_point deadline) {
    const std::lock_guard lock(owner_.mutex_);
    if (ended_) {
        return false;
    }
    phase_ = phase;
    deadline_ = deadline;
    if (phase != Phase::Header) {
        since_ = Clock::now();
    }
    if (phase == Phase::Answering) {
        last_use_ = Clock::now();
    }
    owner_.look_at(deadline);
    if (!owner_.waiting_.empty() && can_make_room()) {
        owner_.look_at(makes_room_at());
    }
    return true;
}

bool Connection::others_wait() const {
    const std::lock_guard lock(owner_.mutex_);
    return !owner_.waiting_.empty();
}

bool Connection::is_slow() const {
    return phase_ == Phase::Body || phase_ == Phase::Answering;
}

bool Connection::can_make_room() const {
    return !ended_ && phase_ != Phase::Working;
}

Connection::Clock::time_point Connection::makes_room_at() const {
    return since_ + (is_slow() ? owner_.limits_.slow : owner_.limits_.grace);
}

// With the owner's mutex, and before the socket is closed: its number is still its own.
void Connection::end() {
    ended_ = true;
    ::shutdown(fd_, SHUT_RDWR);
}

// Poco says goodbye on a TLS socket and then ends both directions of the one below when that is
// blocking; bytes that came after it would break the connection.
void Connection::stop_sending() {
    if (tls_) {
        socket_->setBlocking(false);
        tls_->shutdown();
        socket_->setBlocking(true);
    }
    ::shutdown(fd_, SHUT_WR);
}

void Connection::close_gently(std::chrono::milliseconds most) {
    if (!enter(Phase::Closing, most)) {
        return;
    }
    try {
        stop_sending();
    } catch (const Poco::Exception&) {
        return;  // the client has gone
    }
    std::array<char, kPiece> waste{};
    std::size_t dropped = 0;
    for (ssize_t got = 1; got > 0 && dropped < kMostDropped;) {
        got = ::recv(fd_, waste.data(), waste.size(), 0);
        dropped += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
}

Connections::Connections(const Limits& limits, Serve serve)
    : limits_(limits),
      serve_(std::move(serve)),
      waiting_(limits.waiting),
      watcher_([this] { watch(); }) {}

Connections::~Connections() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        waiting_.clear();
        std::for_each(open_.begin(), open_.end(), [](Connection& one) { one.end(); });
    }
    work_.notify_all();
    watch_.notify_all();
    watcher_.join();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void Connections::add(Arrival arrival) {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
        return;
    }
    waiting_.add(std::move(arrival));
    const std::size_t wanted = waiting_.size() + open_.size();
    if (threads_.size() < std::min(wanted, limits_.served)) {
        threads_.emplace_back([this] { work(); });
    }
    work_.notify_one();
    if (wanted > limits_.served) {
        look_at(Connection::Clock::now());
    }
}

void Connections::work() {
    block_sigpipe();
    std::list<Connection> served;
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) {
            return;
        }
        const auto one = open_.emplace(open_.end(), *this, waiting_.take(served_by_peer()));
        lock.unlock();
        serve_(*one);
        lock.lock();
        // Nothing may wait for the client any more when the socket closes.
        one->end();
        served.splice(served.end(), open_, one);
        lock.unlock();
        served.clear();
        lock.lock();
    }
}

// With the mutex. The watcher looks at this time at the latest.
void Connections::look_at(Connection::Clock::time_point time) {
    if (time < next_look_) {
        next_look_ = time;
        watch_.notify_one();
    }
}

void Connections::watch() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto now = Connection::Clock::now();
        if (next_look_ <= now) {
            next_look_ = Connection::Clock::time_point::max();
            end_overdue(now);
            make_room(now);
        }
        if (next_look_ == Connection::Clock::time_point::max()) {
            watch_.wait(lock);
        } else {
            watch_.wait_until(lock, next_look_);
        }
    }
}

void Connections::end_overdue(Connection::Clock::time_point now) {
    for (Connection& one : open_) {
        if (one.ended_) {
            continue;
        }
        if (one.deadline_ <= now) {
            one.end();
        } else {
            next_look_ = std::min(next_look_, one.deadline_);
        }
    }
}

std::map<std::string, std::size_t> Connections::served_by_peer() const {
    std::map<std::string, std::size_t> all;
    for (const Connection& one : open_) {
        ++all[one.peer_];
    }
    return all;
}

// Ends as many as wait beyond the threads that are free or become free.
void Connections::make_room(Connection::Clock::time_point now) {
    std::map<std::string, std::size_t> of_peer = served_by_peer();
    std::vector<Connection*> candidates;
    std::size_t staying = 0;
    for (Connection& one : open_) {
        staying += one.ended_ ? 0 : 1;
        if (one.can_make_room()) {
            candidates.push_back(&one);
        }
    }
    const auto rank = [&](const Connection* one) {
        return std::tuple(one->is_slow(), limits_.served - of_peer[one->peer_], one->last_use_);
    };
    std::sort(candidates.begin(), candidates.end(), [&](const Connection* a, const Connection* b) {
        return rank(a) < rank(b);
    });
    for (Connection* one : candidates) {
        if (staying + waiting_.size() <= limits_.served) {
            return;
        }
        if (one->makes_room_at() > now) {
            next_look_ = std::min(next_look_, one->makes_room_at());
            continue;
        }
        one->end();
        --staying;
    }
}

}  // namespace hrbridge::web
