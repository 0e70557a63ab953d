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
#include "tests/support/forwarded_connection.h"

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
    int times_left() const { return times_; }

    store::sql::Dialect dialect() const override { return inner_.dialect(); }
    std::unique_ptr<store::sql::Connection> connect() override {
        return std::make_unique<Troubled>(*this, inner_.connect());
    }
    std::string describe() const override { return inner_.describe(); }

  private:
    class Troubled final : public ForwardedConnection {
      public:
        Troubled(TroubledStore& store, std::unique_ptr<store::sql::Connection> inner)
            : ForwardedConnection(*inner), store_(store), owned_(std::move(inner)) {}

        std::unique_ptr<store::sql::Rows> query(std::string_view sql,
                                                std::span<const base::Value> values) override {
            store_.lose_if(Loses::Statement, sql);
            return ForwardedConnection::query(sql, values);
        }
        std::int64_t execute(std::string_view sql, std::span<const base::Value> values) override {
            store_.lose_if(Loses::Statement, sql);
            const std::int64_t changed = ForwardedConnection::execute(sql, values);
            store_.lose_if(Loses::Answer, sql);
            return changed;
        }

      private:
        TroubledStore& store_;
        std::unique_ptr<store::sql::Connection> owned_;
    };

    void lose_if(Loses what, std::string_view sql) {
        const std::lock_guard lock(mutex_);
        if (times_ > 0 && what == what_ && sql.find(words_) != std::string_view::npos) {
            --times_;
            throw base::StoreError("08006", base::Remedy::Retry, "the connection was lost");
        }
    }

    store::Store& inner_;
    std::mutex mutex_;
    Loses what_ = Loses::Statement;
    std::string words_;
    std::atomic<int> times_ = 0;
};

}  // namespace hrbridge::test
