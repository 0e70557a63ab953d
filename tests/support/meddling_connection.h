#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/forwarded_connection.h"

namespace hrbridge::test {

// Another connection, with something that happens just before each of the first statements, `times`
// at most, that hold `words`.
class MeddlingConnection final : public ForwardedConnection {
  public:
    MeddlingConnection(store::sql::Connection& inner,
                       std::string words,
                       std::function<void()> happens,
                       int times = 1)
        : ForwardedConnection(inner),
          words_(std::move(words)),
          happens_(std::move(happens)),
          left_(times) {}

    using ForwardedConnection::execute;
    using ForwardedConnection::query;

    std::unique_ptr<store::sql::Rows> query(std::string_view sql,
                                            std::span<const base::Value> values) override {
        meddle(sql);
        return ForwardedConnection::query(sql, values);
    }
    std::int64_t execute(std::string_view sql, std::span<const base::Value> values) override {
        meddle(sql);
        return ForwardedConnection::execute(sql, values);
    }

    bool happened() const { return happened_; }

  private:
    void meddle(std::string_view sql) {
        if (left_ > 0 && sql.find(words_) != std::string_view::npos) {
            happened_ = true;
            --left_;
            happens_();
        }
    }

    std::string words_;
    std::function<void()> happens_;
    int left_;
    bool happened_ = false;
};

}  // namespace hrbridge::test
