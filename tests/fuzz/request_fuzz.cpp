#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "daemon/web/request_reader.h"

namespace {

using namespace hrbridge::web;

constexpr std::size_t kMost = 1000;

// What is read of a text that comes in pieces of this size.
std::vector<std::string> read_all(const std::string& text, std::size_t piece) {
    std::size_t at = 0;
    RequestReader reader([&](char* place, std::size_t most) {
        const std::size_t now = std::min({piece, most, text.size() - at});
        text.copy(place, now, at);
        at += now;
        return now;
    });
    std::vector<std::string> out;
    for (;;) {
        RequestHead head;
        std::string body;
        ReadResult result = reader.read_head(head);
        if (result.ok()) {
            result = reader.read_body(head, kMost, body);
        }
        if (!result.ok()) {
            out.push_back(result.gone ? "gone" : std::to_string(result.refused));
            return out;
        }
        if (body.size() > kMost) {
            std::abort();
        }
        out.push_back(head.method + " " + head.target + " " + body);
    }
}

}  // namespace

// A client's bytes mean the same however the network cuts them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (read_all(text, text.size() + 1) != read_all(text, 1)) {
        std::abort();
    }
    return 0;
}
