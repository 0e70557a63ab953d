#include "daemon/app/erasing.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/app/held_leases.h"
#include "daemon/backup/files.h"
#include "daemon/base/error.h"
#include "daemon/people/journal.h"
#include "daemon/people/obstacles.h"
#include "daemon/store/erased_people.h"
#include "migration/promotion/seal.h"

namespace hrbridge::app {
namespace {

constexpr std::chrono::milliseconds kBetweenTries{500};
constexpr int kTries = 120;
constexpr std::size_t kPeopleANight = 200;

std::unique_ptr<HeldLeases> all_leases(Services& services) {
    auto leases = std::make_unique<HeldLeases>(services);
    leases->take("keys");
    leases->take_modules();
    for (const engine::Mapping& mapping : services.mappings) {
        leases->take("sync/" + mapping.name);
    }
    return leases;
}

std::unique_ptr<HeldLeases> wait_for_leases(Services& services, const std::stop_token& stop) {
    for (int left = kTries;; --left) {
        try {
            return all_leases(services);
        } catch (const base::LeaseHeld& held) {
            if (left == 1) {
                throw CannotErase(
                    fmt::format("other work is under way: {}; try again", held.what()));
            }
        }
        if (!services.clock.sleep(kBetweenTries, stop)) {
            throw base::Stopped();
        }
    }
}

void refuse_for(const std::vector<std::string>& obstacles) {
    if (!obstacles.empty()) {
        throw CannotErase(fmt::format("{}", fmt::join(obstacles, "\n")));
    }
}

void note_in_journal(const Services& services,
                     const std::vector<std::pair<std::string, std::string>>& numbers) {
    const std::filesystem::path folder = backup_folder(services.config);
    backup::make_folder(folder);
    people::append_journal(folder,
                           {services.clock.now(),
                            services.keys->digest_check_value(services.keys->eldest()),
                            numbers});
}

}  // namespace

struct Erasing::Parts {
    std::unique_ptr<HeldLeases> leases;
    std::unique_ptr<store::sql::Connection> connection;
};

Erasing::Erasing(Services& services, const std::stop_token& stop)
    : services_(services), parts_(std::make_unique<Parts>()) {
    if (!services.keys) {
        throw CannotErase("the configuration has no seal_keys; without them nobody is known again");
    }
    parts_->connection = services.store->connect();
    refuse_for(people::obstacles(*parts_->connection));
    parts_->leases = wait_for_leases(services, stop);
    refuse_for(people::obstacles(*parts_->connection));
}

Erasing::~Erasing() = default;

people::ErasureReport Erasing::erase(std::int64_t person, people::ErasureWish wish, bool dry_run) {
    store::sql::Connection& connection = *parts_->connection;
    const auto found = people::read_person(connection, person);
    const std::string hold = people::hold_of(connection, person);
    if (!found || !hold.empty()) {
        throw CannotErase(found ? "this person is on hold (" + hold + "): hrbridge people release"
                                : std::string("there is no such person any more"));
    }
    // Also refuses another digest key than that of earlier erasures.
    store::ErasedPeople::read(connection, &*services_.keys);
    if (!dry_run) {
        wish.noted = [this](const auto& numbers) { note_in_journal(services_, numbers); };
    }
    return people::erase(
        {connection,
         *services_.keys,
         services_.mappings,
         promotion::ledger_teller(services_.ledger_keys ? &*services_.ledger_keys : nullptr,
                                  services_.clock),
         [this](store::sql::Connection& store) { parts_->leases->require(store); },
         services_.clock.now()},
        *found,
        wish,
        dry_run);
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
    if (due.empty()) {
        return out;
    }
    try {
        Erasing erasing(services, stop);
        for (const std::int64_t person : due) {
            if (stop.stop_requested()) {
                throw base::Stopped();
            }
            erasing.erase(person, {"service", people::Cause::Retention, ""});
            ++out.erased;
        }
    } catch (const CannotErase& why) {
        out.put_off = why.what();
    } catch (const base::LeaseHeld& held) {
        out.put_off = held.what();
    }
    return out;
}

std::vector<std::int64_t> to_erase_again(Services& services) {
    std::vector<std::int64_t> found;
    const auto journal = people::read_journal(backup_folder(services.config));
    if (!journal) {
        throw CannotErase(journal.fault().where + ": " + journal.fault().what);
    }
    if (journal->empty() || !services.keys) {
        return found;
    }
    const auto connection = services.store->connect();
    const auto known = store::ErasedPeople::read(*connection, &*services.keys);
    const std::string by = services.keys->digest_check_value(services.keys->eldest());
    std::map<std::string, std::int64_t> people;
    bool foreign = false;
    for (const people::JournalEntry& entry : *journal) {
        for (const auto& [field, digest] : entry.numbers) {
            if (field != "person.person_no" || known->holds(digest)) {
                continue;
            }
            foreign = foreign || entry.digests_by != by;
            if (people.empty()) {
                people = people::everybody(*connection, *services.keys);
            }
            const auto person = people.find(digest);
            if (person != people.end()) {
                found.push_back(person->second);
            }
        }
    }
    if (foreign) {
        throw CannotErase(
            "people were erased under another eldest seal key; put it back on the last line of "
            "seal_keys, or nobody can tell whether this store has them again");
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::int64_t erase_again(Services& services,
                         const std::string& actor,
                         const std::stop_token& stop) {
    const auto again = to_erase_again(services);
    if (again.empty()) {
        return 0;
    }
    Erasing erasing(services, stop);
    for (const std::int64_t person : again) {
        erasing.erase(person, {actor, people::Cause::Restore, ""});
    }
    return static_cast<std::int64_t>(again.size());
}

void erase_restored(Services& services, const std::stop_token& stop) {
    std::string why;
    try {
        const std::int64_t people = erase_again(services, "service", stop);
        if (people > 0) {
            services.log.notice("people whom a restore had brought back are erased",
                                {{"people", std::to_string(people)}});
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
            "whether a restore brought erased people back is not known, or they are still there; "
            "run: hrbridge people again",
            {{"why", why}});
    }
}

}  // namespace hrbridge::app
