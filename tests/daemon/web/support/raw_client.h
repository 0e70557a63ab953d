#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

namespace hrbridge::test {

// A connection to loopback on which a test sends what it wants.
class RawClient {
  public:
    explicit RawClient(int port) : socket_(std::make_unique<Poco::Net::StreamSocket>()) {
        connect(port);
    }
    // Over TLS, trusting this authority.
    RawClient(int port, const std::string& ca_file)
        : socket_(std::make_unique<Poco::Net::SecureStreamSocket>(Poco::Net::Context::Ptr(
              new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE,
                                     "",
                                     "",
                                     ca_file,
                                     Poco::Net::Context::VERIFY_RELAXED)))) {
        connect(port);
    }

    // False when the other side has gone.
    bool send(std::string_view bytes) {
        try {
            while (!bytes.empty()) {
                const int sent = socket_->sendBytes(bytes.data(), static_cast<int>(bytes.size()));
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            }
            return true;
        } catch (const Poco::Exception&) {
            return false;
        }
    }
    void end_sending() { socket_->shutdownSend(); }
    // One answer with a Content-Length; what came of it when the connection ends before.
    std::string answer() {
        constexpr std::string_view kLength = "Content-Length: ";
        std::size_t end = std::string::npos;
        while ((end = bytes_.find("\r\n\r\n")) == std::string::npos && receive()) {
        }
        const std::size_t length = bytes_.find(kLength);
        std::size_t whole = end == std::string::npos ? bytes_.size() : end + 4;
        if (length < end) {
            whole += std::stoul(bytes_.substr(length + kLength.size()));
        }
        while (bytes_.size() < whole && receive()) {
        }
        std::string out = bytes_.substr(0, whole);
        bytes_.erase(0, whole);
        return out;
    }
    // Of the next answer; 0: none.
    int status() {
        const std::string text = answer();
        return text.size() > 12 ? std::stoi(text.substr(9, 3)) : 0;
    }
    // Waits for the end of the connection. False when a byte comes, or nothing for a long time.
    bool sees_the_end() {
        timed_out_ = false;
        return bytes_.empty() && !receive() && !timed_out_;
    }
    // Whether the end has come already.
    bool has_ended() {
        return socket_->poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ) && sees_the_end();
    }

  private:
    void connect(int port) {
        socket_->connect({"127.0.0.1", static_cast<Poco::UInt16>(port)});
        socket_->setReceiveTimeout(Poco::Timespan(60, 0));
    }
    bool receive() {
        try {
            char piece[4096];
            const int got = socket_->receiveBytes(piece, sizeof(piece));
            bytes_.append(piece, static_cast<std::size_t>(got > 0 ? got : 0));
            return got > 0;
        } catch (const Poco::TimeoutException&) {
            timed_out_ = true;
            return false;
        } catch (const Poco::Exception&) {
            return false;
        }
    }

    std::unique_ptr<Poco::Net::StreamSocket> socket_;
    std::string bytes_;
    bool timed_out_ = false;
};

}  // namespace hrbridge::test
