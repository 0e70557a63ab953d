#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "daemon/app/services.h"
#include "daemon/people/erasure.h"
#include "daemon/people/received.h"

namespace hrbridge::app {

// Something must be done or waited for before anybody can be erased; nothing was done.
class CannotErase : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct Erased {
    people::ErasureReport report;
    people::Forgotten forgotten;  // what was kept of them as it came
};

// Erases people, while nothing is rehearsed, promoted or rolled back; syncs go on. Who is erased is
// noted beside the backups first (people/journal.h). Throws CannotErase, base::LeaseHeld,
// StoreError and SystemError when the journal cannot be written.
Erased erase_people(Services& services,
                    const std::vector<std::int64_t>& people,
                    people::ErasureWish wish,
                    bool dry_run = false);

struct PastTerm {
    std::int64_t erased = 0;
    std::string put_off;  // why no more were; empty: all that were due
};
// Those all of whose employments ended more than retention.employment_days ago, a few at a time;
// none when it is 0.
PastTerm erase_past_term(Services& services, const std::stop_token& stop);

// Erasures of the journal beside the backups that the store knows nothing of: it was restored from
// a backup of before.
struct UnknownErasures {
    std::map<std::string, std::string> numbers;  // field by digest; without lifted ones
    std::map<std::string, std::string> lifted;   // likewise; those that are somebody else's since
    std::set<std::string> people;                // digests of the person_no, lifted ones too
};
// A fault when the journal cannot be read, or is of another eldest seal key.
base::Result<UnknownErasures> unknown_erasures(const Services& services,
                                               store::sql::Connection& connection);

// Whom they name and who is in the store, by whom they were then. Throws CannotErase.
std::vector<std::int64_t> to_erase_again(Services& services);
// Erases them. Throws as erase_people().
people::ErasureReport erase_again(Services& services, const std::string& actor);
// The same for a daemon in the night, and what came in since of all who were erased; what stands
// against it is logged.
void keep_erased(Services& services);

// Lifts a number: rows of who has it are read again. False when it is nobody's who was erased.
// Throws as erase_people().
bool readmit(Services& services, const std::string& number, const std::string& actor);

}  // namespace hrbridge::app
