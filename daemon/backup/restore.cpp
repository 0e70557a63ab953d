#include "daemon/backup/restore.h"

#include <algorithm>
#include <utility>

#include "daemon/backup/shelf.h"
#include "daemon/store/repositories.h"
#include "daemon/store/seal_check.h"
#include "daemon/store/store_restore.h"
#include "migration/ledger/ledger.h"

namespace hrbridge::backup {
namespace {

constexpr int kLedgerVersion = 18;

// "20261127t131500_123456z", which may be part of a schema's name.
std::string mark_of(base::Timestamp now) {
    std::string mark = backup_name(now).substr(std::string_view("hrbridge-").size());
    for (char& letter : mark) {
        letter = letter == '.' ? '_' : letter == 'T' ? 't' : letter == 'Z' ? 'z' : letter;
    }
    return mark;
}

std::vector<ledger::Note> faults_of(const CheckedBackup& checked, const fs::path& from) {
    std::vector<ledger::Note> notes = checked.faults;
    if (!checked.manifest && !list_backups(from).empty()) {
        notes = {{"holds_backups",
                  {{"folder", from.string()},
                   {"newest", list_backups(from).back().filename().string()}}}};
    }
    return notes;
}

bool is_no_backup(const ledger::Note& note) {
    return note.code == "no_backup" || note.code == "holds_backups";
}

void check_seal(const CheckedBackup& checked,
                const RestoreParts& parts,
                std::vector<ledger::Note>& notes) {
    if (checked.sealed == Sealed::OtherKey) {
        notes.push_back({parts.ledger_keys == nullptr ? "ledger_key_missing" : "ledger_key_other",
                         {{"key", checked.key.substr(0, 16)}}});
    } else if (checked.sealed == Sealed::Not && parts.ledger_keys != nullptr) {
        notes.push_back({"not_sealed"});
    }
}

std::vector<ledger::Note> obstacles(const CheckedBackup& checked,
                                    const RestoreParts& parts,
                                    const RestoreWish& wish,
                                    store::Present there) {
    const Manifest& manifest = *checked.manifest;
    std::vector<ledger::Note> notes;
    if (manifest.copy.kind != parts.target.kind) {
        notes.push_back(
            {"other_kind", {{"backup", manifest.copy.kind}, {"store", parts.target.kind}}});
    }
    if (manifest.copy.schema > store::newest_schema_version()) {
        notes.push_back({"schema_newer",
                         {{"backup", std::to_string(manifest.copy.schema)},
                          {"program", std::to_string(store::newest_schema_version())},
                          {"product", manifest.product}}});
    }
    if (!wish.unproven) {
        check_seal(checked, parts, notes);
    }
    if (!wish.replace && there == store::Present::Rows) {
        notes.push_back({"has_rows", {{"store", store::open_store(parts.target)->describe()}}});
    }
    if (!wish.replace && there == store::Present::Unreadable) {
        notes.push_back({"unreadable", {{"store", store::open_store(parts.target)->describe()}}});
    }
    return notes;
}

// A key under a known id is another: what it should open would stay closed for ever.
std::vector<ledger::Note> wrong_keys(store::Store& restored, const base::SealKeys* keys) {
    std::vector<ledger::Note> notes;
    if (keys != nullptr) {
        const auto connection = restored.connect();
        for (const std::string& id : store::wrong_seal_keys(*connection, *keys)) {
            notes.push_back({"seal_key_wrong", {{"id", id}}});
        }
        if (store::digest_key_fault(*connection, *keys)) {
            notes.push_back({"digest_key"});
        }
    }
    return notes;
}

bool head_is(store::Store& restored, const Manifest& manifest) {
    if (manifest.copy.schema < kLedgerVersion) {
        return true;
    }
    const auto connection = restored.connect();
    const auto head = ledger::Ledger(*connection, nullptr).head();
    return head.has_value() == manifest.ledger.has_value() &&
           (!head || (head->sequence == manifest.ledger->entry &&
                      head->hash.hex() == manifest.ledger->hash));
}

std::vector<ledger::Note> still_needed(const Manifest& manifest, const RestoreParts& parts) {
    std::vector<ledger::Note> notes;
    const std::vector<std::string> present =
        parts.seal_keys == nullptr ? std::vector<std::string>() : parts.seal_keys->ids();
    for (const std::string& id : manifest.seal_keys) {
        if (std::find(present.begin(), present.end(), id) == present.end()) {
            notes.push_back({"seal_key_missing", {{"id", id}}});
        }
    }
    if (manifest.copy.schema < store::newest_schema_version()) {
        notes.push_back({"upgraded",
                         {{"from", std::to_string(manifest.copy.schema)},
                          {"to", std::to_string(store::newest_schema_version())}}});
    }
    return notes;
}

// Whoever held them, the backup itself among them, holds nothing of this store; on another machine
// nobody could tell, and all would wait for their terms. The fencing tokens stay.
constexpr std::string_view kLetGo = "UPDATE lease SET holder = '', expires_at = $1";

void begin_anew(store::Store& restored, const RestoreWish& wish, base::Timestamp now) {
    const auto connection = restored.connect();
    connection->execute(kLetGo, {base::Timestamp{}});
    store::AuditRepository(*connection)
        .add(wish.actor, "store.restore", fs::weakly_canonical(wish.from).filename(), "", now);
}

// nullopt: nothing is wrong.
std::optional<ledger::Note> prove(store::Store& restored,
                                  const Manifest& manifest,
                                  const RestoreWish& wish) {
    if (!head_is(restored, manifest)) {
        return ledger::Note{"head_other"};
    }
    store::migrate(*restored.connect());
    if (wish.prove && !wish.prove(restored, manifest) && !wish.unproven) {
        return ledger::Note{"not_proven"};
    }
    return std::nullopt;
}

}  // namespace

RestoreResult restore_backup(const RestoreParts& parts, const RestoreWish& wish) {
    RestoreResult result;
    const CheckedBackup checked = check_backup(wish.from, parts.ledger_keys, wish.steps);
    result.manifest = checked.manifest;
    if (!checked.faults.empty()) {
        result.notes = faults_of(checked, wish.from);
        result.outcome = is_no_backup(result.notes.front()) ? Restored::Refused : Restored::Damaged;
        return result;
    }
    const store::Present there = store::what_is_there(parts.target);
    result.notes = obstacles(checked, parts, wish, there);
    if (!result.notes.empty()) {
        return result;
    }
    const auto made = store::begin_restore(parts.target);
    made->load(
        checked.manifest->copy, wish.from.string(), {{}, wish.steps.progress, wish.steps.stop});
    const base::Timestamp now = parts.clock.now();
    const auto restored = store::open_store(made->options());
    result.notes = wrong_keys(*restored, parts.seal_keys);
    if (!result.notes.empty()) {
        return result;
    }
    if (const auto wrong = prove(*restored, *checked.manifest, wish)) {
        result.outcome = Restored::Damaged;
        result.notes = {*wrong};
        return result;
    }
    begin_anew(*restored, wish, now);
    result.kept = made->put_in_place(there, mark_of(now));
    result.notes = still_needed(*checked.manifest, parts);
    result.outcome = Restored::Done;
    return result;
}

}  // namespace hrbridge::backup
