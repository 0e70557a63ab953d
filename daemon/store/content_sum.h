#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/row_hash.h"
#include "daemon/base/row_sum.h"
#include "daemon/store/store.h"

// What an entity holds, as one sum over its rows that a batch moves on by the rows it writes. The
// ledger is told each sum, so that whatever changes a row beside the batches is found
// (ARCHITECTURE.md, "Content sum").
namespace hrbridge::store {

// Reads rows as images: cells Text "hrbridge row image 1", Text entity, Int id, the given columns
// in their order, Bytes row hash, Int batch, Timestamp known from and gone since. Sealed values
// count as the bytes that are stored; which source row wrote a row is no part of it.
class RowImages {
  public:
    // A column that the entity no longer has throws StoreError(Stop).
    RowImages(sql::Connection& connection,
              const EntityTable& table,
              const std::vector<std::string>& columns);

    // The columns for a SELECT from the entity under this alias.
    std::string columns(std::string_view alias) const;
    struct Row {
        std::int64_t id = 0;
        std::int64_t batch = 0;
        base::RowHash hash;
        base::RowImage image;
    };
    // `select` gives columns() of the entity's rows.
    void scan(const std::string& select, const std::function<void(const Row&)>& row);
    // `select` gives one more cell behind them.
    void scan(const std::string& select,
              base::Kind more,
              const std::function<void(const Row&, const sql::ScanCell&)>& row);

    // What a row becomes once another version takes its place: cells Text "hrbridge superseded row
    // 1", Bytes the image's digest, Timestamp known to.
    base::RowImage superseded(const base::RowImage& row, base::Timestamp known_to);
    // `select` gives columns() and known_to of the entity's table of superseded rows.
    void scan_history(const std::string& select,
                      const std::function<void(const base::RowImage&)>& row);

  private:
    Row row_of(std::span<const sql::ScanCell> cells);

    sql::Connection& connection_;
    std::string entity_;
    std::vector<std::string> names_;
    std::vector<base::FieldType> types_;
    base::RowHasher hasher_;
    base::RowImager imager_;
};

struct ContentSum {
    std::string entity;
    std::vector<std::string> columns;
    std::int64_t rows = 0;  // gone ones too
    base::RowSum total;

    // SHA-256 over Text "hrbridge content sum 1", Text entity, Text columns, Int rows, Bytes total.
    std::string digest() const;
};

// The entity's sum as the store has it; nullopt: it was never promoted, and nobody keeps one. When
// `locked`, no other transaction moves it on until the caller's ends.
std::optional<ContentSum> read_content_sum(sql::Connection& connection,
                                           const std::string& entity,
                                           bool locked);
void write_content_sum(sql::Connection& connection, const ContentSum& sum);
// Over the rows that are there. `columns`: those that count; empty: all that there are.
ContentSum compute_content_sum(sql::Connection& connection,
                               const EntityTable& table,
                               std::vector<std::string> columns = {});

// The table of an entity's superseded rows, under whose name they have a sum of their own.
std::string history_of(const std::string& entity);
// Over the superseded rows that are there, by columns of the entity.
ContentSum compute_history_sum(sql::Connection& connection,
                               const EntityTable& table,
                               std::vector<std::string> columns);

}  // namespace hrbridge::store
