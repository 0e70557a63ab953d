// Bodies of ledger entries and lines of printed heads: whatever is taken has one form only.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "migration/ledger/body_json.h"
#include "migration/ledger/head.h"

namespace {

using namespace hrbridge::ledger;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void read_body(std::uint8_t kind, std::string_view text) {
    Note why;
    const auto body = parse_body(static_cast<Kind>(kind % std::variant_size_v<Body>), text, why);
    require(body ? to_json(*body) == text : !why.code.empty());
}

void read_line(std::string_view line) {
    const auto read = parse_line(line);
    if (const auto* const head = std::get_if<Head>(&read)) {
        require(std::get<Head>(parse_line(to_line(*head))) == *head);
    } else {
        require(!std::get<Note>(read).code.empty());
    }
}

}  // namespace

// The first byte chooses: a line, or the kind of a body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    data[0] == 'H' ? read_line(text) : read_body(data[0], text);
    return 0;
}
