#include "migration/ledger/chain_check.h"

#include <algorithm>

#include "migration/ledger/body_json.h"

namespace hrbridge::ledger {
namespace {

Hashed hashed(const StoredEntry& stored, std::string_view previous) {
    return {stored.sequence.value_or(0),
            stored.at,
            stored.kind,
            stored.subject,
            stored.actor,
            stored.body,
            previous};
}

std::optional<Entry> typed(const StoredEntry& stored, std::optional<Body> body) {
    const auto previous = Digest::from_bytes(stored.previous);
    const auto hash = Digest::from_bytes(stored.hash);
    if (!body || !previous || !hash) {
        return std::nullopt;
    }
    return Entry{*stored.sequence,
                 base::Timestamp(std::chrono::microseconds(stored.at)),
                 stored.subject,
                 stored.actor,
                 std::move(*body),
                 *previous,
                 *hash,
                 stored.seal.value_or(""),
                 stored.signature.value_or("")};
}

}  // namespace

void ChainCheck::find(const StoredEntry& stored, const char* check, Note note) {
    findings_.add(check, stored.sequence.value_or(last_ + 1), std::move(note));
}

bool ChainCheck::readable(const StoredEntry& stored) {
    if (stored.unreadable.empty()) {
        return true;
    }
    find(stored, kChainCheck, {"entry_unreadable", {{"column", stored.unreadable}}});
    return false;
}

// Told apart from a broken link: entries that are missing leave a hole in the numbers.
bool ChainCheck::in_sequence(const StoredEntry& stored) {
    const std::int64_t sequence = *stored.sequence;
    after_gap_ = sequence > last_ + 1;
    if (sequence < 1 || sequence <= last_) {
        find(stored, kChainCheck, {"entry_out_of_sequence"});
        return false;
    }
    if (after_gap_) {
        find(stored,
             kChainCheck,
             {"entries_missing",
              {{"first", std::to_string(last_ + 1)}, {"last", std::to_string(sequence - 1)}}});
        seals_.doubt();
    }
    last_ = sequence;
    return true;
}

Note ChainCheck::mismatch(const StoredEntry& stored, const Digest& computed) {
    for (const std::string& before : hashes_) {
        if (!after_gap_ && before != stored.previous &&
            entry_hash(hashed(stored, before)).view() == stored.hash) {
            return {"previous_changed"};
        }
    }
    if (seals_.vouches_for(stored, computed)) {
        return {"hash_changed"};
    }
    return {"entry_changed"};
}

bool ChainCheck::fits(const StoredEntry& stored, const Digest& computed) {
    if (computed.view() != stored.hash) {
        find(stored, kChainCheck, mismatch(stored, computed));
        return false;
    }
    if (!after_gap_ && !hashes_.empty() &&
        std::find(hashes_.begin(), hashes_.end(), stored.previous) == hashes_.end()) {
        find(stored, kChainCheck, {"link_broken"});
        return false;
    }
    return true;
}

std::optional<Body> ChainCheck::read_body(const StoredEntry& stored) {
    const auto kind = kind_from(stored.kind);
    if (!kind) {
        find(stored, kBodiesCheck, {"kind_unknown"});
        return std::nullopt;
    }
    Note why;
    auto body = parse_body(*kind, stored.body, why);
    if (!body) {
        find(stored, kBodiesCheck, why);
    } else {
        ++bodies_;
    }
    return body;
}

std::optional<Entry> ChainCheck::take(const StoredEntry& stored) {
    ++entries_;
    if (!stored.sequence) {
        readable(stored);
        return std::nullopt;
    }
    if (!in_sequence(stored)) {
        return std::nullopt;
    }
    if (!readable(stored) || stored.form != kForm) {
        if (stored.unreadable.empty()) {
            find(stored, kChainCheck, {"form_unknown"});
        }
        hashes_.clear();
        if (stored.unreadable != "hash") {
            hashes_.push_back(stored.hash);
        }
        seals_.doubt();
        return std::nullopt;
    }
    const Digest computed = entry_hash(hashed(stored, stored.previous));
    const bool sound = fits(stored, computed);
    std::vector<std::string> now{stored.hash};
    if (computed.view() != stored.hash) {
        now.emplace_back(computed.view());
    }
    hashes_ = std::move(now);
    if (!sound) {
        seals_.doubt();
        return std::nullopt;
    }
    auto entry = typed(stored, read_body(stored));
    return entry && seals_.take(*entry) ? std::move(entry) : std::nullopt;
}

}  // namespace hrbridge::ledger
