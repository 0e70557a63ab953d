#include "daemon/base/open_sockets.h"

#include <array>
#include <optional>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hrbridge::base {
namespace {

// Two ends of a connection.
class Pair {
  public:
    Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()), 0); }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
    ~Pair() {
        close_ours();
        ::close(ends_[1]);
    }
    int ours() const { return ends_[0]; }
    void close_ours() {
        if (ends_[0] >= 0) {
            ::close(ends_[0]);
        }
        ends_[0] = -1;
    }
    bool has_ended() const {
        char byte = 0;
        return ::recv(ends_[1], &byte, 1, MSG_DONTWAIT) == 0;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

TEST(OpenSockets, EndTogether) {
    OpenSockets sockets;
    const Pair first;
    const Pair second;
    const Pair other;
    const OpenSockets::Entry one(sockets, first.ours());
    const OpenSockets::Entry two(sockets, second.ours());

    sockets.end_all();

    EXPECT_TRUE(first.has_ended());
    EXPECT_TRUE(second.has_ended());
    EXPECT_FALSE(other.has_ended());
}

TEST(OpenSockets, EndAlsoWhenTheyComeLater) {
    OpenSockets sockets;
    sockets.end_all();
    const Pair late;

    const OpenSockets::Entry entry(sockets, late.ours());

    EXPECT_TRUE(late.has_ended());
}

TEST(OpenSockets, AreNotTakenForAnotherThatGotTheirNumber) {
    OpenSockets sockets;
    Pair closed;
    const int number = closed.ours();
    const OpenSockets::Entry entry(sockets, number);
    closed.close_ours();
    const Pair next;
    ASSERT_EQ(next.ours(), number);

    sockets.end_all();

    EXPECT_TRUE(closed.has_ended());
    EXPECT_FALSE(next.has_ended());
}

TEST(OpenSockets, AreForgottenWithTheirEntry) {
    OpenSockets sockets;
    const Pair pair;
    std::optional<OpenSockets::Entry> entry(std::in_place, sockets, pair.ours());
    entry.reset();

    sockets.end_all();

    EXPECT_FALSE(pair.has_ended());
}

}  // namespace
}  // namespace hrbridge::base
