#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "connectors/connector.h"
#include "daemon/jobs/erased_rows.h"

namespace hrbridge::jobs {

// A mapping's source as if it had no rows about people who were erased and no cell that names one:
// whoever reads it, for a sync, a sweep or a comparison, sees the same. Where nobody was erased it
// is the real one.
class WithoutErased final : public connectors::Connector {
  public:
    // `real` and what `setting` refers to outlive this and all that it opened.
    WithoutErased(connectors::Connector& real, ErasedRows::Setting setting)
        : real_(real), setting_(std::move(setting)) {}

    std::string_view kind() const override { return real_.kind(); }
    void check() override { real_.check(); }
    base::Timestamp now(const std::stop_token& stop) override { return real_.now(stop); }
    base::Faults validate(const base::YamlNode& dataset) const override {
        return real_.validate(dataset);
    }
    std::unique_ptr<connectors::Source> open(const connectors::ReadRequest& request) override;

    // Rows that were left out so far. Thread-safe, as the next.
    std::int64_t passed_over() const { return passed_over_; }
    // ErasedRows::keys() of these rows since the last call.
    store::RetiredKeys take_keys();

    // What the readings that it opened leave out. Thread-safe.
    void note(const ErasedRows& rows);

  private:
    connectors::Connector& real_;
    ErasedRows::Setting setting_;
    std::atomic<std::int64_t> passed_over_ = 0;
    std::mutex mutex_;
    store::RetiredKeys keys_;  // under it
};

}  // namespace hrbridge::jobs
