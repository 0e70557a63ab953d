#include "daemon/app/erasing.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/app/cleared_source.h"
#include "daemon/app/held_leases.h"
#include "daemon/backup/files.h"
#include "daemon/base/error.h"
#include "daemon/base/ids.h"
#include "daemon/people/journal.h"
#include "daemon/people/obstacles.h"
#include "daemon/store/errors.h"
#include "daemon/store/repositories.h"
#include "migration/promotion/seal.h"

namespace hrbridge::app {
namespace {

constexpr int kAttempts = 5;  // against what others write at the same time
constexpr std::size_t kPeopleANight = 200;
// Each group has readings under way begin anew; between two of them they get on.
constexpr std::size_t kPeopleAGroup = 20;
constexpr std::chrono::seconds kBetweenGroups{5};

void refuse_for(store::sql::Connection& connection) {
    const auto obstacles = people::obstacles(connection);
    if (!obstacles.empty()) {
        throw CannotErase(fmt::format("{}", fmt::join(obstacles, "\n")));
    }
}

const base::SealKeys& keys_of(const Services& services) {
    if (!services.keys) {
        throw CannotErase("the configuration has no seal_keys; without them nobody is known again");
    }
    return *services.keys;
}

std::string digests_by(const Services& services) {
    const base::SealKeys& keys = keys_of(services);
    return keys.digest_check_value(keys.eldest());
}

// A folder that root makes is whose folder it lies in: the daemon has to read it.
void make_own_folder(const std::filesystem::path& folder) {
    const bool is_new = !std::filesystem::exists(folder);
    backup::make_folder(folder);
    struct stat above {};
    if (is_new && ::geteuid() == 0 && ::stat(folder.parent_path().c_str(), &above) == 0 &&
        ::chown(folder.c_str(), above.st_uid, above.st_gid) != 0) {
        throw backup::file_error("giving " + folder.string() + " to its owner");
    }
}

void note_in_journal(const Services& services,
                     const std::string& uid,
                     const people::Numbers& numbers) {
    const std::filesystem::path folder = backup_folder(services.config);
    make_own_folder(folder);
    people::append_journal(folder,
                           {services.clock.now(), uid, digests_by(services), numbers, uid.empty()});
}

std::set<std::string> known_erasures(store::sql::Connection& connection) {
    std::set<std::string> known;
    const auto rows = connection.query("SELECT uid FROM erasure", {});
    while (rows->next()) {
        known.insert(rows->bytes(0));
    }
    return known;
}

UnknownErasures unknown_or_throw(Services& services, store::sql::Connection& connection) {
    services.erased_journal->forget();
    auto unknown = unknown_erasures(services, connection);
    if (!unknown) {
        throw CannotErase(unknown.fault().where + ": " + unknown.fault().what);
    }
    return std::move(unknown).value();
}

// What is left of who had them stays known by its row.
void lift(store::sql::Connection& connection, const people::Numbers& numbers) {
    for (const auto& [field, digest] : numbers) {
        connection.execute(
            "UPDATE erased_number SET digest = $3 WHERE field = $1 AND digest = $2",
            {field, base::Bytes{digest}, base::Bytes{base::random_bytes(digest.size())}});
    }
}

people::LookFor look_for(Services& services,
                         store::sql::Connection& connection,
                         store::ErasedPeople whom) {
    return {connection,
            keys_of(services),
            services.mappings,
            std::make_shared<const store::ErasedPeople>(std::move(whom))};
}

}  // namespace

Erased erase_people(Services& services,
                    const std::vector<std::int64_t>& people,
                    people::ErasureWish wish,
                    bool dry_run) {
    const base::SealKeys& keys = keys_of(services);
    const auto connection = services.store->connect();
    if (connection->dialect() == store::sql::Dialect::Sqlite) {
        connection->run_script("PRAGMA secure_delete = ON");
    }
    refuse_for(*connection);
    HeldLeases leases(services);
    leases.take_modules();
    refuse_for(*connection);
    store::ErasedPeople whom = store::ErasedPeople::read(*connection, &keys);
    if (dry_run) {
        whom = {};
    } else {
        wish.noted = [&services](const std::string& uid, const people::Numbers& numbers) {
            note_in_journal(services, uid, numbers);
        };
    }
    wish.seen = [&whom](const std::string&, const people::Numbers& numbers) {
        for (const auto& [field, digest] : numbers) {
            whom.add(digest);
        }
    };
    Erased done;
    const people::ErasureParts parts{
        *connection,
        keys,
        zone_of(services),
        promotion::ledger_teller(services.ledger_keys ? &*services.ledger_keys : nullptr,
                                 services.clock),
        [&leases](store::sql::Connection& store) { leases.require(store); },
        services.clock.now()};
    for (int attempt = 1;; ++attempt) {
        try {
            done.report = people::erase(parts, people, wish, dry_run);
            break;
        } catch (const base::StoreError& error) {
            if (!store::is_write_conflict(error) || attempt == kAttempts) {
                throw;
            }
        }
    }
    done.forgotten = people::forget_received(look_for(services, *connection, whom), dry_run);
    return done;
}

PastTerm erase_past_term(Services& services, const std::stop_token& stop) {
    PastTerm out;
    const std::int64_t days = services.config.retention.employment_days;
    if (days == 0) {
        return out;
    }
    const base::Date day =
        zone_of(services).date_of(services.clock.now()) - std::chrono::days(days);
    const auto connection = services.store->connect();
    const auto due = people::ended_before(*connection, day, kPeopleANight);
    try {
        for (std::size_t first = 0; first < due.size(); first += kPeopleAGroup) {
            if (first > 0 && !services.clock.sleep(kBetweenGroups, stop)) {
                throw base::Stopped();
            }
            const auto last = std::min(first + kPeopleAGroup, due.size());
            const std::vector<std::int64_t> group(due.begin() + static_cast<std::ptrdiff_t>(first),
                                                  due.begin() + static_cast<std::ptrdiff_t>(last));
            people::ErasureWish wish{"service", people::Cause::Retention, ""};
            wish.still_due = [day](const people::Person& person) {
                return person.left_before(day);
            };
            const Erased done = erase_people(services, group, std::move(wish));
            out.erased += static_cast<std::int64_t>(done.report.ids.size());
        }
    } catch (const CannotErase& why) {
        out.put_off = why.what();
    } catch (const base::LeaseHeld& held) {
        out.put_off = held.what();
    } catch (const base::StoreError& error) {
        if (error.remedy() != base::Remedy::Retry) {
            throw;
        }
        out.put_off = error.what();
    }
    return out;
}

base::Result<UnknownErasures> unknown_erasures(const Services& services,
                                               store::sql::Connection& connection) {
    UnknownErasures unknown;
    const auto journal = services.erased_journal->entries();
    if (!journal) {
        return journal.fault();
    }
    if ((*journal)->empty()) {
        return unknown;
    }
    const auto known = known_erasures(connection);
    for (const people::JournalEntry& entry : **journal) {
        // Done here, perhaps as a second attempt: who has the numbers now is not meant by the
        // first.
        if (!entry.lifted && known.contains(entry.uid)) {
            for (const auto& [field, digest] : entry.numbers) {
                unknown.numbers.erase(digest);
                unknown.lifted.erase(digest);
                unknown.people.erase(digest);
            }
            continue;
        }
        if (!services.keys || entry.digests_by != digests_by(services)) {
            return base::Fault{
                backup_folder(services.config),
                "people were erased under another eldest seal key; put it back on the last line of "
                "seal_keys, or a source would bring them back"};
        }
        for (const auto& [field, digest] : entry.numbers) {
            if (entry.lifted) {
                if (unknown.numbers.erase(digest) > 0) {
                    unknown.lifted[digest] = field;
                }
                continue;
            }
            unknown.numbers[digest] = field;
            unknown.lifted.erase(digest);
            if (field == "person.person_no") {
                unknown.people.insert(digest);
            }
        }
    }
    return unknown;
}

std::vector<std::int64_t> to_erase_again(Services& services) {
    std::vector<std::int64_t> found;
    const auto connection = services.store->connect();
    const auto unknown = unknown_or_throw(services, *connection);
    if (unknown.people.empty()) {
        return found;
    }
    for (const auto& [digest, person] : people::everybody(*connection, keys_of(services))) {
        if (unknown.people.contains(digest)) {
            found.push_back(person);
        }
    }
    return found;
}

// Numbers that were lifted meanwhile are lifted again behind it.
people::ErasureReport erase_again(Services& services, const std::string& actor) {
    const auto again = to_erase_again(services);
    if (again.empty()) {
        return {};
    }
    const auto connection = services.store->connect();
    const auto lifted = unknown_or_throw(services, *connection).lifted;
    auto report = erase_people(services, again, {actor, people::Cause::Restore, ""}).report;
    if (!lifted.empty()) {
        people::Numbers numbers;
        for (const auto& [digest, field] : lifted) {
            numbers.emplace_back(field, digest);
        }
        note_in_journal(services, {}, numbers);
        store::sql::Transaction transaction(*connection);
        store::begin_erasure(*connection);
        lift(*connection, numbers);
        transaction.commit();
    }
    return report;
}

void keep_erased(Services& services) {
    std::string why;
    try {
        const auto again = erase_again(services, "service");
        if (!again.ids.empty()) {
            services.log.notice("people whom a restore had brought back are erased",
                                {{"people", std::to_string(again.ids.size())}});
        }
        if (again.left > 0) {
            why = fmt::format("{} people are on hold in the restored store", again.left);
        }
        const auto connection = services.store->connect();
        store::ErasedPeople whom = erased_people(services);
        if (!whom.empty()) {
            people::forget_received(look_for(services, *connection, std::move(whom)));
        }
    } catch (const CannotErase& obstacle) {
        why = obstacle.what();
    } catch (const base::LeaseHeld& held) {
        why = held.what();
    } catch (const base::SystemError& error) {
        why = error.what();
    }
    if (!why.empty()) {
        services.log.error(
            "people who were erased may be in the store again; run: hrbridge people "
            "again",
            {{"why", why}});
    }
}

bool readmit(Services& services, const std::string& number, const std::string& actor) {
    base::KeyedDigest digest = keys_of(services).digest(store::kErasedPurpose);
    const store::ErasedPeople erased = erased_people(services);
    people::Numbers numbers;
    for (const char* field :
         {"person.person_no", "person.wecom_userid", "employment_spell.employee_no"}) {
        const std::string made = store::erased_digest(digest, field, number);
        if (erased.holds(made)) {
            numbers.emplace_back(field, made);
        }
    }
    if (numbers.empty()) {
        return false;
    }
    note_in_journal(services, {}, numbers);
    const auto connection = services.store->connect();
    store::sql::Transaction transaction(*connection);
    store::begin_erasure(*connection);
    lift(*connection, numbers);
    store::AuditRepository(*connection)
        .add(actor, "person.readmit", "a number", "", services.clock.now());
    transaction.commit();
    return true;
}

}  // namespace hrbridge::app
