#pragma once

#include <array>
#include <map>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hrbridge::test {

struct HttpCall {
    std::string method = "GET";
    std::string target = "/";  // path and query as they go over the wire
    std::map<std::string, std::string> headers = {};
    std::string body = {};
};

struct HttpAnswer {
    int status = 0;
    std::string head;
    std::string body;
};

// One request over plain HTTP to loopback, on a connection of its own.
inline HttpAnswer http_call(int port, const HttpCall& call) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        ::close(fd);
        throw std::runtime_error("nobody listens on port " + std::to_string(port));
    }
    std::string text =
        call.method + " " + call.target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
        "\r\nConnection: close\r\nContent-Length: " + std::to_string(call.body.size()) + "\r\n";
    for (const auto& [name, value] : call.headers) {
        text.append(name).append(": ").append(value).append("\r\n");
    }
    text += "\r\n" + call.body;
    for (std::size_t sent = 0; sent < text.size();) {
        const ssize_t got = ::send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (got <= 0) {
            break;  // the server refused before it read all
        }
        sent += static_cast<std::size_t>(got);
    }
    std::string all;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::recv(fd, piece.data(), piece.size(), 0)) > 0;) {
        all.append(piece.data(), static_cast<std::size_t>(got));
    }
    ::close(fd);
    HttpAnswer answer;
    const std::size_t end = all.find("\r\n\r\n");
    answer.head = all.substr(0, end);
    answer.body = end == std::string::npos ? "" : all.substr(end + 4);
    answer.status = all.size() > 12 ? std::stoi(all.substr(9, 3)) : 0;
    return answer;
}

}  // namespace hrbridge::test
