#include "migration/reconcile/target_spooler.h"

#include <utility>

#include "daemon/base/error.h"

namespace hrbridge::reconcile {
namespace {

constexpr std::int64_t kRowsALook = 1024;

}  // namespace

TargetSpooler::TargetSpooler(Parts parts) : parts_(std::move(parts)) {
    thread_ = std::jthread([this](const std::stop_token& stop) {
        try {
            run(stop);
        } catch (...) {
            failure_ = std::current_exception();
        }
    });
}

void TargetSpooler::run(const std::stop_token& stop) {
    const auto connection = parts_.side.connect();
    const auto tables = store::entity_tables(*connection);
    const check::Scope scope{*connection, parts_.keys, "", parts_.mappings};
    TargetRows rows(scope, tables, parts_.mapping);
    spool_ = store::SweepSpool::create(parts_.path, 1, parts_.partitions);
    std::int64_t looked = 0;
    store::SweepRow out;
    rows.scan([&](const TargetRow& row) {
        if (++looked % kRowsALook == 0 && stop.stop_requested()) {
            throw base::Stopped();
        }
        if (!parts_.claims.is_ours(row.batch)) {
            return;
        }
        ++scanned_.rows;
        out.key = row.key;
        out.hash = row.hash;
        out.number = row.id;
        out.flags = is_unhashed(row) ? store::SweepRow::kUnhashed : 0U;
        spool_->add(out);
    });
    spool_->finish();
}

bool TargetSpooler::is_unhashed(const TargetRow& row) {
    if (row.hash == row.stored) {
        return false;
    }
    if (row.without_parent) {
        ++scanned_.without_parent;
        return false;
    }
    ++scanned_.unhashed_rows;
    if (scanned_.unhashed.size() < parts_.keeps) {
        scanned_.unhashed.push_back({row.id, row.key, row.stored});
    }
    return true;
}

store::SweepSpool TargetSpooler::take(Scanned& scanned) {
    thread_.join();
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    scanned = std::move(scanned_);
    return std::move(*spool_);
}

}  // namespace hrbridge::reconcile
