#include "daemon/store/reject_writer.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/ids.h"
#include "daemon/base/packed_row.h"
#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"
#include "daemon/store/local_transaction.h"
#include "daemon/store/reject_row.h"
#include "daemon/store/reject_staging.h"

namespace hrbridge::store {
namespace {

// So many beginnings of digests are held: 64 Ki of 8 bytes, some megabytes as a set.
constexpr std::size_t kMostHeld = 65'536;
constexpr std::size_t kDigestsAStatement = 200;
// What a source key is made of may be personal, and an identity number is soon found by trying.
constexpr std::string_view kKeyPurpose = "reject key";
// A refused row up to so long is sealed when it comes: the server is busy with the rows then. A
// longer one waits, because it may still be held in another place.
constexpr std::size_t kSealedAtOnce = std::size_t{64} << 10U;
constexpr std::string_view kAny = "SELECT 1 FROM reject WHERE mapping = $1 LIMIT 1";
constexpr std::string_view kOpen =
    "SELECT key_digest FROM reject WHERE mapping = $1 AND state = 'open' LIMIT $2";
constexpr std::string_view kCloseGone =
    "UPDATE reject SET state = 'corrected', last_seen = $4 WHERE mapping = $1 AND part = $2 AND "
    "state = 'open' AND run_id < $3";

// $1 the mapping, $2 the time, then the digests.
std::string close_text() {
    std::string marks;
    for (std::size_t i = 0; i < kDigestsAStatement; ++i) {
        marks += fmt::format("{}${}", marks.empty() ? "" : ", ", i + 3);
    }
    return fmt::format(
        "UPDATE reject SET state = 'released', last_seen = $2 WHERE mapping = $1 AND state = "
        "'open' AND key_digest IN ({})",
        marks);
}

std::uint64_t beginning_of(std::string_view digest) {
    std::uint64_t word = 0;
    std::memcpy(&word, digest.data(), std::min(digest.size(), sizeof word));
    return word;
}

}  // namespace

RejectWriter::RejectWriter(sql::Connection& connection,
                           const BatchPlan& plan,
                           const base::SealKeys* keys)
    : connection_(connection), plan_(plan), keys_(keys) {
    if (keys != nullptr) {
        key_digest_.emplace(keys->digest(kKeyPurpose));
    }
    for (const std::string& name : plan.source_key) {
        for (std::size_t i = 0; i < plan.source_columns.size(); ++i) {
            if (base::to_lower_ascii(plan.source_columns[i].name) == base::to_lower_ascii(name)) {
                key_columns_.push_back(i);
            }
        }
    }
    for (std::size_t i = 0; i < plan.source_columns.size(); ++i) {
        if (plan.source_columns[i].name == base::kPlaceColumn) {
            place_column_ = i;
        }
    }
    reload();
}

void RejectWriter::reload() {
    forget();
    open_.clear();
    refused_.clear();
    many_open_ = false;
    had_none_ = false;
    had_none_ = !connection_.query(kAny, {plan_.mapping})->next();
    const auto rows =
        connection_.query(kOpen, {plan_.mapping, static_cast<std::int64_t>(kMostHeld + 1)});
    while (rows->next()) {
        add_open(rows->bytes(0));
    }
}

void RejectWriter::forget() {
    pending_.clear();
    places_.clear();
    good_.clear();
}

void RejectWriter::add_open(const std::string& digest) {
    if (many_open_) {
        return;
    }
    open_.insert(beginning_of(digest));
    if (open_.size() > kMostHeld) {
        open_.clear();
        many_open_ = true;
    }
}

std::string RejectWriter::digest(std::string_view canonical) {
    return key_digest_ ? key_digest_->of(canonical) : base::sha256(canonical);
}

bool RejectWriter::has_key(const base::RawBlock& raw, std::size_t row) const {
    return !key_columns_.empty() &&
           std::all_of(key_columns_.begin(), key_columns_.end(), [&](std::size_t at) {
               return raw.columns[at].has_bytes(row);
           });
}

base::Value RejectWriter::part_of(std::string_view place) const {
    if (!place_column_) {
        return std::string();
    }
    const std::size_t colon = place.rfind(':');
    return colon == std::string_view::npos ? base::Value{base::Null{}}
                                           : base::Value{std::string(place.substr(0, colon))};
}

template <typename Cell>
std::uint64_t RejectWriter::hash_of(bool keyed, const Cell& cell) {
    if (keyed && key_columns_.size() == 1) {
        return base::hash64(cell(key_columns_.front()));
    }
    if (keyed) {
        for (const std::size_t column : key_columns_) {
            hasher_.add_bytes(cell(column));
        }
    } else {
        for (std::size_t i = 0; i < plan_.source_columns.size(); ++i) {
            hasher_.add_int(static_cast<std::int64_t>(base::hash64(cell(i))));
        }
    }
    return beginning_of(hasher_.finish().view());
}

template <typename Cell>
std::string RejectWriter::digest_of_key(const Cell& cell) {
    hasher_.add_text(plan_.mapping);
    for (const std::size_t column : key_columns_) {
        hasher_.add_bytes(cell(column));
    }
    std::string found = digest(hasher_.canonical());
    hasher_.finish();
    return found;
}

std::string RejectWriter::digest_of_packed(const std::string& packed) {
    base::RowHasher whole;  // of its own: the row may be long, and hasher_ keeps its room
    whole.add_text(plan_.mapping);
    whole.add_bytes(packed);
    return digest(whole.canonical());
}

std::string RejectWriter::digest_of_row(const base::RawBlock& raw, std::size_t row) {
    if (!raw.kept_as.empty()) {
        return raw.kept_as.at(row);
    }
    return has_key(raw, row)
               ? digest_of_key([&](std::size_t column) { return raw.columns[column].cell(row); })
               : digest_of_packed(base::pack_row(raw, plan_.source_columns, row));
}

Reject RejectWriter::make(const base::RawBlock& raw, std::size_t row) const {
    Reject reject;
    reject.source_key = plan_.show_key ? plan_.show_key(raw, row) : "";
    reject.packed_row = base::pack_row(raw, plan_.source_columns, row);
    reject.digest = raw.kept_as.empty() ? std::string() : raw.kept_as.at(row);
    return reject;
}

void RejectWriter::refuse(Reject reject, std::int64_t order) {
    Place place{reject.digest, base::Null{}, order};
    const auto cell = [this](std::size_t column) { return cells_[column].bytes; };
    const bool readable = base::read_packed_row(reject.packed_row, plan_.source_columns, cells_);
    const bool keyed = readable && !key_columns_.empty() &&
                       std::all_of(key_columns_.begin(), key_columns_.end(), [this](auto column) {
                           return cells_[column].length >= 0;
                       });
    if (readable && !keyed) {
        place.part = part_of(place_column_ ? cell(*place_column_) : std::string_view());
    }
    if (!reject.digest.empty() || !readable) {
        place.digest = reject.digest.empty() ? digest_of_packed(reject.packed_row) : reject.digest;
        add_open(place.digest);
    } else {
        place.digest = keyed ? digest_of_key(cell) : digest_of_packed(reject.packed_row);
        const std::uint64_t hash = hash_of(keyed, cell);
        place.is_new = had_none_ && !refused_.may_hold(hash);
        refused_.add(hash);
    }
    if (plan_.run_id != 0 && reject.packed_row.size() <= kSealedAtOnce) {
        reject.packed_row = sealed(reject, place.digest);
        place.is_sealed = true;
    }
    places_.push_back(std::move(place));
    pending_.push_back(std::move(reject));
}

void RejectWriter::note_good(const base::RawBlock& raw, std::size_t row, std::int64_t order) {
    const auto cell = [&](std::size_t column) { return raw.columns[column].cell(row); };
    const bool known = !raw.kept_as.empty() ||
                       (!refused_.empty() && refused_.may_hold(hash_of(has_key(raw, row), cell)));
    if (!known && !many_open_ && open_.empty()) {
        return;
    }
    std::string digest = digest_of_row(raw, row);
    if (known || many_open_ || open_.count(beginning_of(digest)) > 0) {
        const auto [noted, is_new] = good_.emplace(std::move(digest), order);
        noted->second = std::max(noted->second, order);
    }
}

// Rules refuse rows after the rows behind them were refused by their format.
void RejectWriter::sort_pending() {
    std::vector<std::size_t> by_order(pending_.size());
    std::iota(by_order.begin(), by_order.end(), std::size_t{0});
    std::stable_sort(by_order.begin(), by_order.end(), [&](std::size_t a, std::size_t b) {
        return places_[a].order < places_[b].order;
    });
    std::vector<Reject> rejects;
    std::vector<Place> places;
    for (const std::size_t at : by_order) {
        rejects.push_back(std::move(pending_[at]));
        places.push_back(std::move(places_[at]));
    }
    pending_ = std::move(rejects);
    places_ = std::move(places);
}

std::vector<Reject> RejectWriter::drop_overtaken() {
    sort_pending();
    std::vector<Reject> overtaken;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        const auto good = good_.find(places_[i].digest);
        if (good != good_.end() && good->second > places_[i].order) {
            overtaken.push_back(std::move(pending_[i]));
            continue;
        }
        if (kept != i) {
            pending_[kept] = std::move(pending_[i]);
            places_[kept] = std::move(places_[i]);
        }
        ++kept;
    }
    pending_.resize(kept);
    places_.resize(kept);
    return overtaken;
}

std::string RejectWriter::sealed(Reject& reject, const std::string& digest) const {
    return seal_packed_row(std::exchange(reject.packed_row, {}), plan_.mapping, digest, keys_);
}

// A row that was the first of its digest when it came need not be so in the order in which they
// count: with the others of its digest it goes the way on which one takes another's place.
std::size_t RejectWriter::count_known() {
    std::unordered_set<std::string_view> known;
    for (const Place& place : places_) {
        if (!place.is_new) {
            known.insert(place.digest);
        }
    }
    std::size_t rows = 0;
    for (Place& place : places_) {
        place.is_new = place.is_new && !known.contains(place.digest);
        rows += place.is_new ? 0 : 1;
    }
    return rows;
}

void RejectWriter::write(base::Timestamp now) {
    close_good(now);
    RejectStaging staging(connection_, plan_, now, count_known());
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        Reject& reject = pending_[i];
        const Place& place = places_[i];
        std::string packed =
            place.is_sealed ? std::exchange(reject.packed_row, {}) : sealed(reject, place.digest);
        staging.add({reject, place.digest, place.part, place.is_new}, std::move(packed));
    }
    staging.finish();
}

std::int64_t RejectWriter::close_gone(const std::vector<std::string>& parts,
                                      std::int64_t first_run,
                                      base::Timestamp now) {
    std::int64_t closed = 0;
    for (const std::string& part : parts) {
        closed += connection_.execute(kCloseGone, {plan_.mapping, part, first_run, now});
    }
    return closed;
}

// One statement for all sizes: the last digest fills what is left of its places.
void RejectWriter::close_good(base::Timestamp now) {
    if (good_.empty()) {
        return;
    }
    static const std::string kClose = close_text();
    std::vector<base::Value> values{plan_.mapping, now};
    for (auto good = good_.begin(); good != good_.end();) {
        values.emplace_back(base::Bytes{good->first});
        if (++good == good_.end()) {
            values.resize(kDigestsAStatement + 2, values.back());
        }
        if (values.size() == kDigestsAStatement + 2) {
            connection_.execute(kClose, values);
            values.resize(2);
        }
    }
}

void RejectWriter::settle() {
    for (const auto& [digest, order] : good_) {
        open_.erase(beginning_of(digest));
    }
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        if (!pending_[i].digest.empty()) {
            add_open(places_[i].digest);  // perhaps an older good row of it has just taken it out
        }
    }
    forget();
}

}  // namespace hrbridge::store
