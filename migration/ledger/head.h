#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/base/time.h"
#include "migration/ledger/digest.h"
#include "migration/ledger/note.h"

namespace hrbridge::ledger {

// The end of the chain at some time: what is kept outside the store, so that a chain that was cut
// off or written anew shows.
struct Head {
    std::int64_t sequence = 0;
    base::Timestamp at;  // of its entry
    Digest hash;
    std::string seal;  // of its entry; 64 bytes

    friend bool operator==(const Head&, const Head&) = default;
};

// "HRH1-" and 23 groups of eight letters and digits, without those that look alike. Only of a head
// with a seal.
std::string to_line(const Head& head);

// Takes a line as people give it back: any case, blanks and hyphens anywhere, O for 0, I and L for
// 1, full-width characters. Else what is wrong ("head_line_…" of the catalogue), with the group
// that one wrong or two swapped characters are in.
std::variant<Head, Note> parse_line(std::string_view line);

}  // namespace hrbridge::ledger
