#include "daemon/jobs/without_erased.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/text.h"

namespace hrbridge::jobs {
namespace {

void add_missing(const std::vector<std::string>& names, std::vector<std::string>& only) {
    for (const std::string& name : names) {
        if (std::none_of(only.begin(), only.end(), [&](const std::string& each) {
                return base::same_name(each, name);
            })) {
            only.push_back(name);
        }
    }
}

class ClearedSource final : public connectors::Source {
  public:
    ClearedSource(std::unique_ptr<connectors::Source> real,
                  const ErasedRows::Setting& setting,
                  WithoutErased& owner)
        : real_(std::move(real)), setting_(setting), owner_(owner) {}

    const std::vector<base::DescribedColumn>& columns() const override { return real_->columns(); }

    // The real source's buffers may be bound to the block that it filled.
    bool read(base::RawBlock& block, const std::stop_token& stop) override {
        if (!rows_) {
            rows_.emplace(rows_of_source());
        }
        if (!real_->read(read_, stop)) {
            block.clear();
            return false;
        }
        rows_->judge(read_);
        owner_.note(*rows_);
        block = rows_->without(read_);
        return true;
    }
    std::string memory() const override { return real_->memory(); }
    std::vector<std::string> parts_read() const override { return real_->parts_read(); }

  private:
    // Not before the first row: whoever reads has looked at the columns by then, and says more of
    // one that is not there.
    ErasedRows rows_of_source() const {
        auto rows = ErasedRows::make(setting_, real_->columns());
        if (!rows) {
            throw base::ConnectorError(setting_.mapping.connection,
                                       "columns",
                                       base::Remedy::Stop,
                                       rows.fault().where + ": " + rows.fault().what);
        }
        return std::move(rows).value();
    }

    std::unique_ptr<connectors::Source> real_;
    const ErasedRows::Setting& setting_;
    WithoutErased& owner_;
    std::optional<ErasedRows> rows_;
    base::RawBlock read_;
};

}  // namespace

void WithoutErased::note(const ErasedRows& rows) {
    passed_over_ += rows.about();
    if (!rows.keys().empty()) {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, time] : rows.keys()) {
            auto& newest = keys_[key];
            newest = std::max(newest, time);  // absent is the least
        }
    }
}

store::RetiredKeys WithoutErased::take_keys() {
    const std::lock_guard lock(mutex_);
    return std::exchange(keys_, {});
}

std::unique_ptr<connectors::Source> WithoutErased::open(const connectors::ReadRequest& request) {
    const auto columns = ErasedRows::columns_of(setting_.mapping, setting_.table);
    if (setting_.erased == nullptr || setting_.erased->empty() || columns.empty()) {
        return real_.open(request);
    }
    connectors::ReadRequest asked = request;
    if (!asked.only.empty()) {
        add_missing(columns, asked.only);
    }
    return std::make_unique<ClearedSource>(real_.open(asked), setting_, *this);
}

}  // namespace hrbridge::jobs
