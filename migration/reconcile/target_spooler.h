#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/store/row_spool.h"
#include "migration/reconcile/claims.h"
#include "migration/reconcile/target_rows.h"

namespace hrbridge::reconcile {

// A row whose kept hash is not that of its values.
struct Unhashed {
    std::int64_t id = 0;
    base::RowHash key;
    base::RowHash stored;
};

// What a scan of the store's side found.
struct Scanned {
    std::int64_t rows = 0;
    std::vector<Unhashed> unhashed;   // the first ones
    std::int64_t unhashed_rows = 0;   // all
    std::int64_t without_parent = 0;  // whose kept hash says nothing of their values
};

// Brings the store's side into a spool, in a thread and over a connection of its own, so that both
// sides are read at a time.
class TargetSpooler {
  public:
    struct Parts {
        store::Store& side;
        const base::SealKeys* keys;
        const std::vector<const engine::Mapping*>& mappings;  // of the module
        const engine::Mapping& mapping;
        const Claims& claims;
        std::string path;
        std::uint32_t partitions = 0;
        std::size_t keeps = 0;  // at most so many of Scanned::unhashed
    };
    explicit TargetSpooler(Parts parts);
    TargetSpooler(const TargetSpooler&) = delete;
    TargetSpooler& operator=(const TargetSpooler&) = delete;
    ~TargetSpooler() = default;

    // Waits for the end; throws what ended the thread. Once.
    store::SweepSpool take(Scanned& scanned);

  private:
    void run(const std::stop_token& stop);
    bool is_unhashed(const TargetRow& row);

    Parts parts_;
    Scanned scanned_;
    std::optional<store::SweepSpool> spool_;
    std::exception_ptr failure_;
    std::jthread thread_;
};

}  // namespace hrbridge::reconcile
