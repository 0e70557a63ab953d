#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/batch.h"
#include "daemon/store/column_type.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

using base::FieldType;
using base::Kind;

constexpr int kDigits = 38;
constexpr int kScale = 10;

class Scan : public BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        connection_->run_script(
            render_types("CREATE TABLE scanned (i {int}, b {bool}, d {decimal(38,10)}, t {text}, y "
                         "{bytes}, day {date}, at {timestamp})",
                         connection_->dialect()));
        FieldType decimal{Kind::Decimal};
        decimal.precision = kDigits;
        decimal.scale = kScale;
        types_ = {FieldType{Kind::Int},
                  FieldType{Kind::Bool},
                  decimal,
                  FieldType{Kind::Text},
                  FieldType{Kind::Bytes},
                  FieldType{Kind::Date},
                  FieldType{Kind::Timestamp}};
    }

    // NULL in all columns, then the smallest and the greatest, then plain ones.
    std::vector<base::Column> columns() {
        const char* const names[] = {"i", "b", "d", "t", "y", "day", "at"};
        std::vector<base::Column> columns;
        for (std::size_t i = 0; i < types_.size(); ++i) {
            columns.emplace_back(names[i], types_[i]);
            columns.back().append_null();
        }
        const base::Int128 most = [] {
            base::Int128 value = 1;
            for (int i = 0; i < kDigits; ++i) {
                value *= 10;
            }
            return value - 1;
        }();
        const auto add = [&](std::int64_t word, base::Int128 decimal, const std::string& bytes) {
            for (base::Column& column : columns) {
                switch (column.type().kind) {
                    case Kind::Decimal:
                        column.append_decimal(decimal);
                        break;
                    case Kind::Text:
                    case Kind::Bytes:
                        column.append_bytes(bytes);
                        break;
                    case Kind::Bool:
                        column.append_word(word & 1);
                        break;
                    case Kind::Date:
                        column.append_word(word % 100'000);
                        break;
                    case Kind::Int:
                    case Kind::Timestamp:
                        column.append_word(word);
                        break;
                }
            }
        };
        add(-1'234'567'890'123, -most, "");
        add(1'715'000'000'000'001, most, "张三 \xF0\x9F\x98\x80");
        add(0, 0, "it's");
        add(7, 125'000'000'000, std::string(100'000, 'x'));
        return columns;
    }

    void insert(const std::vector<base::Column>& columns) {
        std::vector<const base::Column*> all;
        for (const base::Column& column : columns) {
            all.push_back(&column);
        }
        connection_->bulk_insert("scanned", all);
    }

    std::vector<FieldType> types_;
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         Scan,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST_P(Scan, GivesEveryCellThatWasBroughtIn) {
    const auto expected = columns();
    insert(expected);
    std::size_t row = 0;
    connection_->scan("SELECT i, b, d, t, y, day, at FROM scanned",
                      types_,
                      [&](std::span<const sql::ScanCell> cells) {
                          for (std::size_t i = 0; i < cells.size(); ++i) {
                              const base::Column& column = expected[i];
                              ASSERT_EQ(cells[i].null, column.is_null(row)) << i << " of " << row;
                              if (cells[i].null) {
                                  continue;
                              }
                              const Kind kind = column.type().kind;
                              if (kind == Kind::Decimal) {
                                  EXPECT_TRUE(cells[i].decimal == column.decimal(row)) << row;
                              } else if (kind == Kind::Text || kind == Kind::Bytes) {
                                  EXPECT_EQ(cells[i].bytes, column.bytes(row)) << row;
                              } else {
                                  EXPECT_EQ(cells[i].word, column.word(row)) << i << " of " << row;
                              }
                          }
                          ++row;
                      });
    EXPECT_EQ(row, expected.front().rows());
}

TEST_P(Scan, OfNoRowsGivesNone) {
    connection_->scan(
        "SELECT i FROM scanned", std::span(types_).first(1), [](const auto&) { ADD_FAILURE(); });
}

TEST_P(Scan, EndsWithWhatTheCallerThrowsAndTheConnectionGoesOn) {
    for (int i = 0; i < 50; ++i) {
        insert(columns());
    }
    const auto scan = [&] {
        connection_->scan("SELECT i FROM scanned", std::span(types_).first(1), [](const auto&) {
            throw std::runtime_error("enough");
        });
    };
    EXPECT_THROW(scan(), std::runtime_error);
    EXPECT_EQ(count("scanned"), 250);
    connection_->begin();
    EXPECT_THROW(scan(), std::runtime_error);
    connection_->rollback();
    EXPECT_EQ(count("scanned"), 250);
}

TEST_P(Scan, OfAStatementThatFailsSaysSo) {
    EXPECT_THROW(
        connection_->scan("SELECT no FROM scanned", std::span(types_).first(1), [](const auto&) {}),
        base::StoreError);
    EXPECT_EQ(count("scanned"), 0);
}

}  // namespace
}  // namespace hrbridge::store
