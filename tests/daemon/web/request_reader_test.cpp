#include "daemon/web/request_reader.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hrbridge::web {
namespace {

constexpr std::size_t kMost = 1000;

// Brings a text in pieces of this size, and then the end.
RequestReader::Source in_pieces(std::string text, std::size_t size) {
    return
        [text = std::move(text), size, at = std::size_t{0}](char* place, std::size_t most) mutable {
            const std::size_t now = std::min({size, most, text.size() - at});
            text.copy(place, now, at);
            at += now;
            return now;
        };
}

// What a reader makes of all that a client sends: "POST /a [body]", a status, "gone".
std::vector<std::string> read_all(const std::string& text, std::size_t piece = 1U << 20U) {
    RequestReader reader(in_pieces(text, piece));
    std::vector<std::string> out;
    const auto failed = [&](const ReadResult& result) {
        if (!result.ok()) {
            out.push_back(result.gone ? "gone" : std::to_string(result.refused));
        }
        return !result.ok();
    };
    for (;;) {
        RequestHead head;
        std::string body;
        if (failed(reader.read_head(head)) || failed(reader.read_body(head, kMost, body))) {
            return out;
        }
        out.push_back(head.method + " " + head.target + " [" + body + "]");
    }
}

// The status that one request is refused with; "" when it is read.
std::string refusal_of(const std::string& text) {
    const auto all = read_all(text);
    return all.size() == 1 ? all.front() : "";
}
std::string refusal_of_fields(const std::string& fields, const std::string& method = "GET") {
    return refusal_of(method + " /a HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
}

const std::string kThree =
    "GET /a?b=1 HTTP/1.1\r\nHost: h\r\n\r\n"
    "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
    "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
    "3;note=x\r\nabc\r\n00A\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
    "\r\nDELETE /d HTTP/1.0\r\n\r\n";

TEST(RequestReader, ReadsRequestsOneBehindAnotherHoweverTheyCome) {
    const std::vector<std::string> expected = {
        "GET /a?b=1 []", "POST /b [hello]", "PUT /c [abc0123456789]", "DELETE /d []", "gone"};

    for (const std::size_t piece : {1U, 2U, 7U, 64U, 100'000U}) {
        EXPECT_EQ(read_all(kThree, piece), expected) << piece;
    }
}

TEST(RequestReader, PassesOverAFewEmptyLinesBeforeARequestAndNoMore) {
    const std::string request = "GET /a HTTP/1.0\r\n\r\n";

    EXPECT_EQ(read_all("\r\n\r\n" + request + "\r\n\r\n" + request),
              (std::vector<std::string>{"GET /a []", "GET /a []", "gone"}));
    for (const std::size_t piece : {1U, 3U, 100U}) {
        EXPECT_EQ(read_all("\r\n\r\n\r\n\r\n\r\n" + request, piece),
                  std::vector<std::string>{"400"});
    }
}

TEST(RequestReader, TakesNoRequestThatWasCutShort) {
    const std::string request = "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
    for (std::size_t size = 0; size < request.size(); ++size) {
        EXPECT_EQ(read_all(request.substr(0, size)), std::vector<std::string>{"gone"}) << size;
    }
    const std::string pieces =
        "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for (std::size_t size = 0; size < pieces.size(); ++size) {
        EXPECT_EQ(read_all(pieces.substr(0, size)), std::vector<std::string>{"gone"}) << size;
    }
}

TEST(RequestReader, WantsToKnowWhereABodyEnds) {
    EXPECT_EQ(refusal_of_fields("", "POST"), "411");
    EXPECT_EQ(refusal_of_fields("", "PUT"), "411");
    EXPECT_EQ(refusal_of_fields("Transfer-Encoding: gzip\r\n", "POST"), "501");
    EXPECT_EQ(refusal_of_fields("Transfer-Encoding: gzip, chunked\r\n", "POST"), "501");
    EXPECT_EQ(refusal_of("POST /a HTTP/1.0\r\n\r\n"), "411");
    EXPECT_EQ(read_all("POST /a HTTP/1.0\r\nContent-Length: 0\r\n\r\n").front(), "POST /a []");
}

TEST(RequestReader, RefusesLengthsThatTwoReadersCouldUnderstandDifferently) {
    for (const char* fields : {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                               "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                               "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                               "Content-Length: 3\r\nContent-Length: 4\r\n",
                               "Content-Length: 3\r\ncontent-length: 3\r\n",
                               "Content-Length: 3, 3\r\n",
                               "Content-Length: -1\r\n",
                               "Content-Length: +3\r\n",
                               "Content-Length: 0x3\r\n",
                               "Content-Length: 3a\r\n",
                               "Content-Length:\r\n",
                               "Content-Length: 99999999999999999999999\r\n",
                               "Content-Length : 3\r\n",
                               "Content-Length: 3\nX: y\r\n",
                               "Content-Length: 3\r\n folded\r\n"}) {
        EXPECT_EQ(refusal_of_fields(fields, "POST"), "400") << fields;
    }
    EXPECT_EQ(refusal_of("POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400");
}

TEST(RequestReader, RefusesChunksThatAreNone) {
    const std::string head = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const char* body : {"x\r\n",
                             "\r\n",
                             "-1\r\n",
                             "3\nabc\r\n0\r\n\r\n",
                             "3\r\nabcd\r\n0\r\n\r\n",
                             "3\r\nabc0\r\n\r\n",
                             "0x3\r\nabc\r\n",
                             "fffffffffffffffff\r\n"}) {
        EXPECT_EQ(refusal_of(head + body), "400") << body;
    }
    EXPECT_EQ(refusal_of(head + "1;" + std::string(2000, 'x')), "400");
    EXPECT_EQ(refusal_of(head + "0\r\n" +
                         [] {
                             std::string lines;
                             for (int i = 0; i < 200; ++i) {
                                 lines += "T: t\r\n";
                             }
                             return lines;
                         }()),
              "431");
}

TEST(RequestReader, TakesNoMoreThanItsLimits) {
    const std::string chunked = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(refusal_of_fields("Content-Length: 1001\r\n", "POST"), "413");
    EXPECT_EQ(refusal_of_fields("Content-Length: 999999999999999999\r\n", "POST"), "413");
    EXPECT_EQ(refusal_of(chunked + "3e9\r\n"), "413");
    EXPECT_EQ(refusal_of(chunked + "fffffffffffffff\r\n"), "413");
    EXPECT_EQ(refusal_of(chunked + "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\ny\r\n0\r\n\r\n"),
              "413");
    EXPECT_EQ(refusal_of("GET /" + std::string(4096, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"), "414");
    EXPECT_EQ(refusal_of("GET /" + std::string(100'000, 'a')), "414");
    EXPECT_EQ(refusal_of_fields("X: " + std::string(40'000, 'a') + "\r\n"), "431");
    std::string fields;
    for (int i = 0; i < 99; ++i) {
        fields += "X: y\r\n";
    }
    EXPECT_EQ(read_all("GET /a HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n").front(), "GET /a []");
    EXPECT_EQ(refusal_of_fields(fields + "X: y\r\n"), "431");
}

TEST(RequestReader, RefusesWhatIsNoRequest) {
    for (const char* text : {"\x16\x03\x01\n\n",
                             "GET\r\n\r\n",
                             "GET /a\r\n\r\n",
                             "GET  HTTP/1.1\r\n\r\n",
                             "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
                             "G(T /a HTTP/1.1\r\nHost: h\r\n\r\n",
                             "GET /\xe4\xbd\xa0 HTTP/1.1\r\nHost: h\r\n\r\n",
                             "GET /a HTTP/1.1\nHost: h\n\n",
                             "GET /a FTP/1.1\r\nHost: h\r\n\r\n",
                             "GET /a HTTP/1.1\r\n\r\n",
                             "GET /a HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
                             "GET /a HTTP/1.1\r\nHost: h\r\nnothing\r\n\r\n",
                             "GET /a HTTP/1.1\r\nHost: h\r\n: nothing\r\n\r\n",
                             "GET /a HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"}) {
        EXPECT_EQ(refusal_of(text), "400") << text;
    }
    EXPECT_EQ(refusal_of(std::string("GET /a HTTP/1.1\r\nHost: h\r\nX: \0\r\n\r\n", 34)), "400");
    EXPECT_EQ(refusal_of("GET /a HTTP/2.0\r\nHost: h\r\n\r\n"), "505");
}

RequestHead head_of(const std::string& version, const std::string& fields) {
    RequestHead head;
    EXPECT_EQ(parse_head("GET /a " + version + "\r\nHost: h\r\n" + fields, head), std::nullopt);
    return head;
}

TEST(RequestHead, JoinsRepeatedFields) {
    const RequestHead head =
        head_of("HTTP/1.1", "Cookie: a=1\r\nX:  u\t\r\ncookie: b=2\r\nx: v\r\n");

    EXPECT_EQ(head.headers.at("cookie"), "a=1; b=2");
    EXPECT_EQ(head.headers.at("x"), "u, v");
}

TEST(RequestHead, SaysWhetherTheConnectionStays) {
    EXPECT_TRUE(head_of("HTTP/1.1", "").keep_alive);
    EXPECT_FALSE(head_of("HTTP/1.1", "Connection: TE, Close\r\n").keep_alive);
    EXPECT_FALSE(head_of("HTTP/1.0", "").keep_alive);
    EXPECT_TRUE(head_of("HTTP/1.0", "Connection: Keep-Alive\r\n").keep_alive);
}

}  // namespace
}  // namespace hrbridge::web
