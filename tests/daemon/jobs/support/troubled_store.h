#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/store/store.h"

namespace hrbridge::test {

// Another store, whose connections can be lost at the next statement that holds `words`: before it
// is carried out, or when it was and only its answer is missing.
class TroubledStore final : public store::Store {
  public:
    enum class Loses { Statement, Answer };

    explicit TroubledStore(store::Store& inner) : inner_(inner) {}

    void lose(Loses what, std::string words, int times = 1) {
        const std::lock_guard lock(mutex_);
        what_ = what;
        words_ = std::move(words);
        times_ = times;
    }
    void heal() { times_ = 0; }
    int times_left() const { return times_; }

    store::sql::Dialect dialect() const override { return inner_.dialect(); }
    std::unique_ptr<store::sql::Connection> connect() override {
        return std::make_unique<Troubled>(*this, inner_.connect());
    }
    std::string describe() const override { return inner_.describe(); }

  private:
    class Troubled final : public store::sql::Connection {
      public:
        Troubled(TroubledStore& store, std::unique_ptr<store::sql::Connection> inner)
            : store_(store), inner_(std::move(inner)) {}

        store::sql::Dialect dialect() const override { return inner_->dialect(); }
        std::unique_ptr<store::sql::Rows> query(std::string_view sql,
                                                std::span<const base::Value> values) override {
            if (store_.is_lost(Loses::Statement, sql)) {
                fail();
            }
            return inner_->query(sql, values);
        }
        std::int64_t execute(std::string_view sql, std::span<const base::Value> values) override {
            if (store_.is_lost(Loses::Statement, sql)) {
                fail();
            }
            const std::int64_t changed = inner_->execute(sql, values);
            if (store_.is_lost(Loses::Answer, sql)) {
                fail();
            }
            return changed;
        }
        void run_script(std::string_view sql) override { inner_->run_script(sql); }
        void bulk_insert(std::string_view table,
                         std::span<const base::Column* const> columns) override {
            inner_->bulk_insert(table, columns);
        }
        void scan(std::string_view select,
                  std::span<const base::FieldType> types,
                  const store::sql::ScanRow& row) override {
            inner_->scan(select, types, row);
        }
        void scan(std::string_view select,
                  std::span<const base::Value> values,
                  std::span<const base::FieldType> types,
                  const store::sql::ScanRow& row) override {
            inner_->scan(select, values, types, row);
        }
        void begin() override { inner_->begin(); }
        void begin_snapshot() override { inner_->begin_snapshot(); }
        void begin_reading() override { inner_->begin_reading(); }
        void commit() override { inner_->commit(); }
        void rollback() noexcept override { inner_->rollback(); }
        bool in_transaction() const override { return inner_->in_transaction(); }
        bool reaches_store() override { return inner_->reaches_store(); }

      private:
        [[noreturn]] static void fail() {
            throw base::StoreError("08006", base::Remedy::Retry, "the connection was lost");
        }

        TroubledStore& store_;
        std::unique_ptr<store::sql::Connection> inner_;
    };

    bool is_lost(Loses what, std::string_view sql) {
        const std::lock_guard lock(mutex_);
        if (times_ == 0 || what != what_ || sql.find(words_) == std::string_view::npos) {
            return false;
        }
        --times_;
        return true;
    }

    store::Store& inner_;
    std::mutex mutex_;
    Loses what_ = Loses::Statement;
    std::string words_;
    std::atomic<int> times_ = 0;
};

}  // namespace hrbridge::test
