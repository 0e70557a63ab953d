#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "daemon/app/services.h"
#include "daemon/people/erasure.h"

namespace hrbridge::app {

// Something must be done or waited for before anybody can be erased; nothing was done.
class CannotErase : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Erases people while no sync, sweep, replay, rotation, rehearsal or promotion is under way; waits
// for their ends for a minute, and keeps new ones out while it lives. What is erased is noted
// beside the backups first (people/journal.h).
class Erasing {
  public:
    // Throws CannotErase and base::Stopped.
    Erasing(Services& services, const std::stop_token& stop);
    ~Erasing();
    // Throws CannotErase when the person is on hold, base::LeaseHeld, StoreError and SystemError
    // when the journal cannot be written.
    people::ErasureReport erase(std::int64_t person,
                                people::ErasureWish wish,
                                bool dry_run = false);

  private:
    struct Parts;
    Services& services_;
    std::unique_ptr<Parts> parts_;
};

struct PastTerm {
    std::int64_t erased = 0;
    std::string put_off;  // why no more were; empty: all that were due
};
// Those all of whose employments ended more than retention.employment_days ago; none when it is 0.
PastTerm erase_past_term(Services& services, const std::stop_token& stop);

// Whom the journal of the backups names and the store does not know as erased: a restored store.
std::vector<std::int64_t> to_erase_again(Services& services);
// Erases them; gives their number. Throws as Erasing.
std::int64_t erase_again(Services& services, const std::string& actor, const std::stop_token& stop);
// The same for a daemon: what stands against it is logged.
void erase_restored(Services& services, const std::stop_token& stop = {});

}  // namespace hrbridge::app
