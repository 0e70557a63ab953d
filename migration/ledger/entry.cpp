#include "migration/ledger/entry.h"

#include "daemon/base/row_hash.h"

namespace hrbridge::ledger {
namespace {

constexpr std::string_view kEntryLabel = "hrbridge ledger entry";
constexpr std::string_view kSealLabel = "hrbridge ledger seal";
constexpr std::string_view kSignatureLabel = "hrbridge ledger signature";

std::string message(std::string_view label,
                    std::int64_t sequence,
                    base::Timestamp at,
                    const Digest& hash) {
    base::RowHasher cells;
    cells.add_text(label);
    cells.add_int(kForm);
    cells.add_int(sequence);
    cells.add_timestamp(at.time_since_epoch().count());
    cells.add_bytes(hash.view());
    return std::string(cells.canonical());
}

}  // namespace

Digest entry_hash(const Hashed& hashed) {
    base::RowHasher cells;
    cells.add_text(kEntryLabel);
    cells.add_int(kForm);
    cells.add_int(hashed.sequence);
    cells.add_timestamp(hashed.at);
    cells.add_text(hashed.kind);
    cells.add_text(hashed.subject);
    cells.add_text(hashed.actor);
    cells.add_text(hashed.body);
    cells.add_bytes(hashed.previous);
    return Digest::sha256_of(cells.canonical());
}

std::string seal_message(std::int64_t sequence, base::Timestamp at, const Digest& hash) {
    return message(kSealLabel, sequence, at, hash);
}

std::string signature_message(std::int64_t sequence, base::Timestamp at, const Digest& hash) {
    return message(kSignatureLabel, sequence, at, hash);
}

}  // namespace hrbridge::ledger
