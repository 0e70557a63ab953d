#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/sql.h"

// Seals anew, by the current key, what other keys of the file sealed, so that these can go. Digests
// and row hashes are the eldest key's and stay (ARCHITECTURE.md, "Row hash 2").
namespace hrbridge::store {

// Why values stay as they are.
enum class Kept {
    No,          // nothing stays
    Unreadable,  // no present key opens them, or not at their place
    Rollback,    // a promotion can be rolled back, which holds its rows against what it left
    Evidence  // part of a promotion or a spot check, whose record is over these bytes; goes with it
};

struct RotatedColumn {
    std::string table;
    std::string column;
    std::int64_t resealed = 0;
    std::int64_t left = 0;  // sealed by another key than the current one
    Kept kept = Kept::No;
};

struct Rotation {
    const base::SealKeys& keys;
    // BatchPlan::seal_content; needed where an entity was promoted.
    std::function<void(sql::Connection&, const SealedContent&)> seal_content;
    // Called within each transaction once sums are locked, before anything is written; throws where
    // nothing may be written, such as when a lease was lost. Empty: nobody else is there.
    std::function<void(sql::Connection&)> still_allowed = {};
    std::stop_token stop = {};
    std::int64_t rows_at_a_time = 500;
};

// Every column of sealed values. A few rows a transaction: syncs go on, and one that is cut off is
// gone on with by the next call. A column whose entity is promoted meanwhile is left from there on.
// Throws base::Stopped, StoreError and what `still_allowed` throws.
std::vector<RotatedColumn> rotate_keys(sql::Connection& connection, const Rotation& rotation);

}  // namespace hrbridge::store
