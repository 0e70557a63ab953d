#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <thread>

#include "daemon/store/row_spool.h"
#include "daemon/store/store.h"

namespace hrbridge::jobs {

// Brings the store's side of a sweep into a spool, in a thread and over a connection of its own, so
// that both sides are read at a time.
class StoredSpooler {
  public:
    struct Parts {
        store::Store& store;
        const store::EntityTable& table;
        std::string path;  // of the spool file
        std::int64_t sweep = 0;
        std::uint32_t partitions = 0;
        std::int64_t before_batch = 0;  // rows with a batch above this are new
    };
    explicit StoredSpooler(Parts parts);
    StoredSpooler(const StoredSpooler&) = delete;
    StoredSpooler& operator=(const StoredSpooler&) = delete;
    ~StoredSpooler() = default;

    // Waits for the end; throws what ended the thread. Once.
    store::SweepSpool take();

  private:
    void run(const std::stop_token& stop);

    Parts parts_;
    std::optional<store::SweepSpool> spool_;
    std::exception_ptr failure_;
    std::jthread thread_;
};

}  // namespace hrbridge::jobs
