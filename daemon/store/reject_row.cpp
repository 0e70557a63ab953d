#include "daemon/store/reject_row.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kUnsealed = "unsealed:";

}  // namespace

std::string packed_row_place(std::string_view mapping, std::string_view key_digest) {
    return fmt::format("reject.packed_row/{}/{}", mapping, base::to_hex(key_digest));
}

std::string seal_packed_row(std::string packed,
                            std::string_view mapping,
                            std::string_view key_digest,
                            const base::SealKeys* keys) {
    if (keys == nullptr) {
        return std::move(packed.insert(0, kUnsealed));
    }
    return keys->seal_in_place(std::move(packed), packed_row_place(mapping, key_digest));
}

base::Result<std::string> open_packed_row(std::string_view stored,
                                          std::string_view mapping,
                                          std::string_view key_digest,
                                          const base::SealKeys* keys) {
    if (stored.substr(0, kUnsealed.size()) == kUnsealed) {
        return std::string(stored.substr(kUnsealed.size()));
    }
    if (keys == nullptr) {
        return base::Fault{"reject of " + std::string(mapping),
                           "the row is sealed and there is no key"};
    }
    return keys->open(stored, packed_row_place(mapping, key_digest));
}

}  // namespace hrbridge::store
