#include "migration/spot_check/desk.h"

#include <algorithm>
#include <chrono>

#include "daemon/base/row_hash.h"
#include "migration/ledger/ledger.h"
#include "migration/spot_check/fixed.h"

namespace hrbridge::spot_check {
namespace {

// HMAC-SHA-256 under a key of this purpose of the row's entity and key.
ledger::Digest row_digest(base::KeyedDigest& digest, const RowContent& content) {
    base::RowHasher cells;
    cells.add_text(content.entity);
    cells.add_text(content.key);
    return ledger::Digest::from_bytes(digest.of(cells.canonical())).value_or(ledger::Digest());
}

std::optional<std::int64_t> since(const std::optional<base::Timestamp>& shown,
                                  base::Timestamp now) {
    if (!shown) {
        return std::nullopt;
    }
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now - *shown).count();
    return std::max<std::int64_t>(0, time);
}

bool names_fields(const RowContent& content, const std::vector<std::string>& fields) {
    return !fields.empty() &&
           std::all_of(fields.begin(), fields.end(), [&](const std::string& field) {
               return content.find(field) != nullptr;
           });
}

// Open until the caller's transaction ends: who concludes the draw waits.
bool lock_open(store::sql::Connection& live, std::int64_t draw) {
    return live.execute("UPDATE spot_draw SET state = state WHERE number = $1 AND state = 'open'",
                        {draw}) == 1;
}

Progress progress_of(store::sql::Connection& live, const base::SealKeys& keys, DrawRecord draw) {
    Sheet sheet(live, keys, draw.number);
    Progress out{std::move(draw), sheet.rows(), sheet.judged(), 0};
    out.next = sheet.next_open(0).value_or(0);
    return out;
}

}  // namespace

std::vector<Progress> Desk::open_draws() {
    const auto live = live_.connect();
    std::vector<Progress> all;
    for (DrawRecord& draw : list_draws(*live)) {
        if (draw.state == DrawState::Open) {
            all.push_back(progress_of(*live, keys_, std::move(draw)));
        }
    }
    return all;
}

std::optional<Progress> Desk::progress(std::int64_t number) {
    const auto live = live_.connect();
    auto draw = find_draw(*live, number);
    if (!draw || draw->state != DrawState::Open) {
        return std::nullopt;
    }
    return progress_of(*live, keys_, std::move(*draw));
}

std::optional<std::int64_t> Desk::next_open(std::int64_t draw, std::int64_t after) {
    const auto live = live_.connect();
    Sheet sheet(*live, keys_, draw);
    const auto behind = sheet.next_open(after);
    return behind ? behind : sheet.next_open(0);
}

std::optional<ShownRow> Desk::show(std::int64_t draw,
                                   std::int64_t place,
                                   const std::string& account) {
    const auto live = live_.connect();
    store::sql::Transaction transaction(*live);
    if (!lock_open(*live, draw)) {
        return std::nullopt;
    }
    Sheet sheet(*live, keys_, draw);
    auto row = sheet.find(place);
    if (!row) {
        return std::nullopt;
    }
    // The time of both entries together is the row's.
    if (row->first.empty() || !row->shown_at) {
        sheet.set_shown(place, clock_.now());
    }
    if (row->first != account) {
        row->first.clear();
    }
    ShownRow out = shown(*row, sheet.revealed(place, account));
    transaction.commit();
    return out;
}

Judged Desk::judge(std::int64_t draw,
                   std::int64_t place,
                   RowVerdict verdict,
                   const std::vector<std::string>& fields,
                   const std::string& account) {
    const auto live = live_.connect();
    store::sql::Transaction transaction(*live);
    Sheet sheet(*live, keys_, draw);
    const auto row = lock_open(*live, draw) ? sheet.find(place) : std::nullopt;
    const auto record = row ? find_draw(*live, draw) : std::nullopt;
    if (!record || verdict == RowVerdict::Differs) {
        return Judged::NoSuchRow;
    }
    if (const auto fixed = find_fixed(*live, *record); fixed && place <= fixed->rows) {
        return Judged::Fixed;
    }
    if (row->needs_another(verdict, fields, account)) {
        return Judged::Another;
    }
    const bool wrong = verdict == RowVerdict::Wrong;
    const bool second = !row->first.empty() && row->first == account;
    if (wrong && !second && !names_fields(row->content, fields)) {
        return Judged::NoField;
    }
    const auto now = clock_.now();
    Judgement judgement{verdict,
                        wrong ? fields : std::vector<std::string>{},
                        account,
                        "web",
                        now,
                        since(row->shown_at, now)};
    Judged out = Judged::Kept;
    if (second && verdict != RowVerdict::Right) {
        judgement.verdict = RowVerdict::Differs;
        out = Judged::Differs;
    } else if (!second && verdict == RowVerdict::Right && row->content.has_critical()) {
        sheet.set_first(place, account);
        transaction.commit();
        return Judged::Second;
    }
    sheet.judge(place, judgement);
    fix_if_complete(*live, keys_, ledger_keys_, *record, account, now);
    transaction.commit();
    return out;
}

bool Desk::reveal(std::int64_t number,
                  std::int64_t place,
                  const std::string& field,
                  const std::string& account) {
    const auto live = live_.connect();
    store::sql::Transaction transaction(*live);
    const auto draw = find_draw(*live, number);
    if (!draw || !lock_open(*live, number)) {
        return false;
    }
    Sheet sheet(*live, keys_, number);
    const auto row = sheet.find(place);
    if (!row) {
        return false;
    }
    const auto seen = sheet.revealed(place, account);
    std::vector<std::pair<const SheetRow*, std::string>> reveals;
    bool known = field.empty();
    for (const std::string& name : masked_names(row->content)) {
        known = known || name == field;
        if ((field.empty() || name == field) && !seen.contains(name)) {
            reveals.emplace_back(&*row, name);
        }
    }
    record_reveals(*live, keys_, ledger_keys_, *draw, reveals, account, clock_.now());
    transaction.commit();
    return known;
}

void record_reveals(store::sql::Connection& live,
                    const base::SealKeys& keys,
                    const ledger::KeyRing* ledger_keys,
                    const DrawRecord& draw,
                    const std::vector<std::pair<const SheetRow*, std::string>>& reveals,
                    const std::string& account,
                    base::Timestamp at) {
    Sheet sheet(live, keys, draw.number);
    for (const auto& [row, field] : reveals) {
        sheet.reveal(row->place, field, account, at);
    }
    ledger::Ledger ledger(live, ledger_keys);
    base::KeyedDigest digest = keys.digest("spot check row 1");
    for (const auto& [row, field] : reveals) {
        ledger.append(
            {at,
             draw.module,
             account,
             ledger::Reveal{
                 draw.number, row_digest(digest, row->content), reveal_name(row->content, field)}});
    }
}

}  // namespace hrbridge::spot_check
