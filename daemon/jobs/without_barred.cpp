#include "daemon/jobs/without_barred.h"

#include <algorithm>
#include <iterator>
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
                  const BarredRows::Setting& setting,
                  WithoutBarred& owner)
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
        rows_->judge(read_, owner_.wanted_keys());
        owner_.note(*rows_, read_.position);
        block = rows_->without(read_);
        return true;
    }
    std::string memory() const override { return real_->memory(); }
    std::vector<std::string> parts_read() const override { return real_->parts_read(); }

  private:
    // Not before the first row: whoever reads has looked at the columns by then, and says more of
    // one that is not there.
    BarredRows rows_of_source() const {
        auto rows = BarredRows::make(setting_, real_->columns());
        if (!rows) {
            throw base::ConnectorError(setting_.mapping.connection,
                                       "columns",
                                       base::Remedy::Stop,
                                       rows.fault().where + ": " + rows.fault().what);
        }
        return std::move(rows).value();
    }

    std::unique_ptr<connectors::Source> real_;
    const BarredRows::Setting& setting_;
    WithoutBarred& owner_;
    std::optional<BarredRows> rows_;
    base::RawBlock read_;
};

}  // namespace

void WithoutBarred::note(const BarredRows& rows, const std::string& position) {
    passed_over_ += rows.barred();
    too_old_ += rows.too_old();
    const std::lock_guard lock(mutex_);
    if (collects_ && (!keys_.empty() || !rows.keys().empty())) {
        keys_.push_back({position, rows.keys(), rows.kept_keys()});
    }
}

BarredRows::Keys WithoutBarred::wanted_keys() {
    if (!collects_) {
        return BarredRows::Keys::None;
    }
    const std::lock_guard lock(mutex_);
    return keys_.empty() ? BarredRows::Keys::WhereBarred : BarredRows::Keys::All;
}

// The blocks behind the position are read already and written with a later batch.
store::RetiredKeys WithoutBarred::take_keys(const std::string& position, bool at_the_end) {
    const std::lock_guard lock(mutex_);
    auto end = keys_.end();
    if (!at_the_end) {
        end = std::find_if(keys_.begin(), keys_.end(), [&](const BlockKeys& each) {
            return each.position == position;
        });
        end = end == keys_.end() ? keys_.begin() : std::next(end);
    }
    store::RetiredKeys keys;
    for (auto block = keys_.begin(); block != end; ++block) {
        for (const auto& [key, time] : block->kept) {
            BarredRows::note_kept(key, time, keys);
        }
        for (const auto& [key, time] : block->barred) {
            BarredRows::note_barred(key, time, keys);
        }
    }
    keys_.erase(keys_.begin(), end);
    return keys;
}

std::unique_ptr<connectors::Source> WithoutBarred::open(const connectors::ReadRequest& request) {
    const auto columns = BarredRows::columns_of(setting_);
    if (columns.empty() && !setting_.term) {
        return real_.open(request);
    }
    connectors::ReadRequest asked = request;
    if (!asked.only.empty()) {
        add_missing(columns, asked.only);
    }
    return std::make_unique<ClearedSource>(real_.open(asked), setting_, *this);
}

}  // namespace hrbridge::jobs
