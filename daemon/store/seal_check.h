#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/seal.h"
#include "daemon/store/sql.h"

// A key id means one key for as long as the store lives: values sealed under one id with two keys
// could not be told apart, and half of them not be opened. The table seal_key holds each id's
// SealKeys::check_value().
namespace hrbridge::store {

// The ids of `keys` under which this store knows another key. An id without a check value is known
// by what is sealed under it. Only reads; also a store that is empty or of an older version.
std::vector<std::string> wrong_seal_keys(sql::Connection& connection, const base::SealKeys& keys);

// The key that made this store's digests is in the file and not on its last line: what to do about
// it. The store would take every row for changed. Only reads.
std::optional<std::string> digest_key_fault(sql::Connection& connection,
                                            const base::SealKeys& keys);

// To be called before anything is sealed, outside a transaction: what the current key's id means
// from now on, and which key makes the digests. Throws StoreError(Stop), having written nothing,
// when the id means another key or the digests would be made with another although theirs is there.
void use_seal_key(sql::Connection& connection, const base::SealKeys& keys, base::Timestamp now);

// What is to be said of a wrong key: what it is and what to do.
std::string wrong_seal_key_text(const std::string& id);

}  // namespace hrbridge::store
