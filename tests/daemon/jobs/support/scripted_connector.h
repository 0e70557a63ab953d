#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/connector.h"
#include "daemon/base/error.h"

namespace hrbridge::test {

// A table in memory behind the connector's interface: rows in the order of their first column,
// windows on a watermark column, blocks of a few rows, a clock set by the test. It can fail or act
// before any block. One reading at a time.
class ScriptedConnector final : public connectors::Connector {
  public:
    using Cells = std::vector<std::optional<std::string>>;

    explicit ScriptedConnector(std::vector<base::DescribedColumn> columns)
        : columns_(std::move(columns)) {}

    // Replaces the row with the same first cell.
    void put(Cells cells) {
        const auto same = std::find_if(
            rows_.begin(), rows_.end(), [&](const Cells& row) { return row[0] == cells[0]; });
        if (same != rows_.end()) {
            rows_.erase(same);
        }
        rows_.push_back(std::move(cells));
        std::sort(rows_.begin(), rows_.end());
    }
    // Many rows with keys that none has yet.
    void add(std::vector<Cells> rows) {
        rows_.insert(rows_.end(), rows.begin(), rows.end());
        std::sort(rows_.begin(), rows_.end());
    }
    void remove(const std::string& key) {
        std::erase_if(rows_, [&](const Cells& row) { return row[0] == key; });
    }
    void remove_all() { rows_.clear(); }

    base::Timestamp clock = *base::parse_timestamp("2024-05-06 12:00:00Z");
    std::size_t rows_a_block = 10;
    std::vector<std::string> parts;  // that each reading says it gave whole
    std::string memory;              // of each reading at its end
    // Called before each block with the number of blocks given since the connector was made.
    std::function<void(int)> before_block;
    std::function<void()> before_open;  // may refuse
    std::function<void()> before_now;   // likewise
    std::vector<base::DescribedColumn>& described() { return columns_; }

    int openings() const { return openings_; }
    // At a time.
    int most_open() const { return most_open_; }
    std::int64_t rows_given() const { return rows_given_; }
    const connectors::ReadRequest& last_request() const { return requests_.back(); }
    const connectors::ReadRequest& request(std::size_t i) const { return requests_.at(i); }

    std::string_view kind() const override { return "scripted"; }
    void check() override {}
    base::Timestamp now(const std::stop_token&) override {
        if (before_now) {
            before_now();
        }
        return clock;
    }
    base::Faults validate(const base::YamlNode&) const override { return {}; }
    std::unique_ptr<connectors::Source> open(const connectors::ReadRequest& request) override {
        ++openings_;
        requests_.push_back(request);
        if (before_open) {
            before_open();
        }
        return std::make_unique<Reading>(*this, request);
    }

  private:
    class Reading final : public connectors::Source {
      public:
        Reading(ScriptedConnector& owner, const connectors::ReadRequest& request) : owner_(owner) {
            owner.most_open_ = std::max(owner.most_open_, ++owner.open_);
            for (const Cells& row : owner.rows_) {
                const bool behind = request.after.empty() || row[0].value_or("") > request.after;
                if (behind && owner.in_window(row, request.window)) {
                    rows_.push_back(row);
                }
            }
        }
        Reading(const Reading&) = delete;
        Reading& operator=(const Reading&) = delete;
        ~Reading() override { --owner_.open_; }
        const std::vector<base::DescribedColumn>& columns() const override {
            return owner_.columns_;
        }
        bool read(base::RawBlock& block, const std::stop_token& stop) override {
            if (owner_.before_block) {
                owner_.before_block(owner_.blocks_++);
            }
            block.clear();
            block.columns.resize(owner_.columns_.size());
            if (stop.stop_requested()) {
                throw base::Stopped();
            }
            if (next_ == rows_.size()) {
                return false;
            }
            const std::size_t end = std::min(next_ + owner_.rows_a_block, rows_.size());
            for (std::size_t column = 0; column < block.columns.size(); ++column) {
                block.columns[column].use_packed();
                for (std::size_t row = next_; row < end; ++row) {
                    const auto& cell = rows_[row][column];
                    cell ? block.columns[column].append(*cell)
                         : block.columns[column].append_null();
                }
            }
            block.rows = end - next_;
            block.position = rows_[end - 1][0].value_or("");
            owner_.rows_given_ += static_cast<std::int64_t>(block.rows);
            next_ = end;
            return true;
        }

        std::string memory() const override { return owner_.memory; }
        std::vector<std::string> parts_read() const override { return owner_.parts; }

      private:
        ScriptedConnector& owner_;
        std::vector<Cells> rows_;
        std::size_t next_ = 0;
    };

    bool in_window(const Cells& row, const std::optional<connectors::Window>& window) const {
        if (!window) {
            return true;
        }
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].name == window->column) {
                const auto stamp = base::parse_timestamp(row[i].value_or("") + "Z");
                return stamp ? stamp < window->to && (!window->from || stamp >= window->from)
                             : !window->from;
            }
        }
        return true;
    }

    std::vector<base::DescribedColumn> columns_;
    std::vector<Cells> rows_;
    std::vector<connectors::ReadRequest> requests_;
    int openings_ = 0;
    int open_ = 0;
    int most_open_ = 0;
    int blocks_ = 0;
    std::int64_t rows_given_ = 0;
};

}  // namespace hrbridge::test
