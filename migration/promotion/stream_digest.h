#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/store/store.h"
#include "migration/ledger/digest.h"

namespace hrbridge::promotion {

// SHA-256 over cells as of the row hash (ARCHITECTURE.md), of any length.
class StreamDigest {
  public:
    StreamDigest();
    ~StreamDigest();
    StreamDigest(const StreamDigest&) = delete;
    StreamDigest& operator=(const StreamDigest&) = delete;

    void add_text(std::string_view text);
    // All rows of a SELECT: its cells by their columns' kinds, sealed ones as the bytes that are
    // stored.
    void add_rows(store::sql::Connection& connection,
                  const std::string& select,
                  const std::vector<base::FieldType>& types);
    ledger::Digest finish();

  private:
    void add(std::string_view bytes);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hrbridge::promotion
