#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/base/secret.h"

namespace hrbridge::base {

// HMAC-SHA-256 under one key: recognises equal values, and tells nothing about them to who lacks
// the key, however few values there are to try. Reuse one object; not thread-safe.
class KeyedDigest {
  public:
    explicit KeyedDigest(const Secret& key);
    KeyedDigest(KeyedDigest&&) noexcept;
    KeyedDigest& operator=(KeyedDigest&&) noexcept;
    ~KeyedDigest();

    std::string of(std::string_view bytes);  // 32 bytes

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hrbridge::base
