#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "connectors/connector.h"
#include "daemon/jobs/barred_rows.h"

namespace hrbridge::jobs {

// A mapping's source as if it had no row that must not come into the store and no cell that names
// somebody who was erased: whoever reads it, for a sync, a sweep or a comparison, sees the same.
// Where nothing is barred it is the real one.
class WithoutBarred final : public connectors::Connector {
  public:
    // `real` and what `setting` refers to outlive this and all that it opened.
    WithoutBarred(connectors::Connector& real, BarredRows::Setting setting)
        : real_(real), setting_(std::move(setting)) {}

    std::string_view kind() const override { return real_.kind(); }
    void check() override { real_.check(); }
    base::Timestamp now(const std::stop_token& stop) override { return real_.now(stop); }
    base::Faults validate(const base::YamlNode& dataset) const override {
        return real_.validate(dataset);
    }
    std::unique_ptr<connectors::Source> open(const connectors::ReadRequest& request) override;

    // Rows that were left out so far: all, and those of them that are too old. Thread-safe, as the
    // next.
    std::int64_t passed_over() const { return passed_over_; }
    std::int64_t too_old() const { return too_old_; }
    // From now on keys are kept for take_keys(), which is then called with each batch.
    void collect_keys() { collects_ = true; }
    // BarredRows::keys() of the blocks up to this position, or of all at the end, without those
    // that a row behind them had which was not left out.
    store::RetiredKeys take_keys(const std::string& position, bool at_the_end);
    BarredRows::Keys wanted_keys();

    // What the readings that it opened leave out. Thread-safe.
    void note(const BarredRows& rows, const std::string& position);

  private:
    struct BlockKeys {
        std::string position;
        store::RetiredKeys barred;
        store::RetiredKeys kept;
    };

    connectors::Connector& real_;
    BarredRows::Setting setting_;
    std::atomic<std::int64_t> passed_over_ = 0;
    std::atomic<std::int64_t> too_old_ = 0;
    std::mutex mutex_;
    // From the first block with a barred row on; under it.
    std::deque<BlockKeys> keys_;
    std::atomic<bool> collects_ = false;
};

}  // namespace hrbridge::jobs
