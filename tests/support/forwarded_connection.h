#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "daemon/store/sql.h"

namespace hrbridge::test {

// Another connection; what a test changes of it, it overrides.
class ForwardedConnection : public store::sql::Connection {
  public:
    explicit ForwardedConnection(store::sql::Connection& inner) : inner_(inner) {}

    using store::sql::Connection::execute;
    using store::sql::Connection::query;

    store::sql::Dialect dialect() const override { return inner_.dialect(); }
    std::unique_ptr<store::sql::Rows> query(std::string_view sql,
                                            std::span<const base::Value> values) override {
        return inner_.query(sql, values);
    }
    std::int64_t execute(std::string_view sql, std::span<const base::Value> values) override {
        return inner_.execute(sql, values);
    }
    void run_script(std::string_view sql) override { inner_.run_script(sql); }
    void bulk_insert(std::string_view table,
                     std::span<const base::Column* const> columns) override {
        inner_.bulk_insert(table, columns);
    }
    void scan(std::string_view select,
              std::span<const base::FieldType> types,
              const store::sql::ScanRow& row) override {
        inner_.scan(select, types, row);
    }
    void scan(std::string_view select,
              std::span<const base::Value> values,
              std::span<const base::FieldType> types,
              const store::sql::ScanRow& row) override {
        inner_.scan(select, values, types, row);
    }
    void put_long(const store::sql::LongCell& cell) override { inner_.put_long(cell); }
    void begin() override { inner_.begin(); }
    void begin_snapshot() override { inner_.begin_snapshot(); }
    void begin_reading() override { inner_.begin_reading(); }
    void commit() override { inner_.commit(); }
    void rollback() noexcept override { inner_.rollback(); }
    bool in_transaction() const override { return inner_.in_transaction(); }
    bool reaches_store() override { return inner_.reaches_store(); }
    void give_back_memory() noexcept override { inner_.give_back_memory(); }

  private:
    store::sql::Connection& inner_;
};

}  // namespace hrbridge::test
