#include "daemon/jobs/stored_spooler.h"

#include <utility>

#include "daemon/base/error.h"
#include "daemon/store/swept_rows.h"

namespace hrbridge::jobs {
namespace {

constexpr std::int64_t kRowsALook = 1024;

}  // namespace

StoredSpooler::StoredSpooler(Parts parts) : parts_(std::move(parts)) {
    thread_ = std::jthread([this](const std::stop_token& stop) {
        try {
            run(stop);
        } catch (...) {
            failure_ = std::current_exception();
        }
    });
}

void StoredSpooler::run(const std::stop_token& stop) {
    const auto connection = parts_.store.connect();
    spool_ = store::SweepSpool::create(parts_.path, parts_.sweep, parts_.partitions);
    std::int64_t rows = 0;
    store::SweepRow row;
    store::scan_keys(*connection, parts_.table, [&](const store::StoredKey& stored) {
        if (++rows % kRowsALook == 0 && stop.stop_requested()) {
            throw base::Stopped();
        }
        row.key = stored.key;
        row.hash = stored.hash;
        row.number = stored.id;
        row.flags = (stored.gone ? store::SweepRow::kGone : 0U) |
                    (stored.batch > parts_.before_batch ? store::SweepRow::kNew : 0U);
        spool_->add(row);
    });
}

store::SweepSpool StoredSpooler::take() {
    thread_.join();
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    return std::move(*spool_);
}

}  // namespace hrbridge::jobs
