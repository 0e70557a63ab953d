#include "daemon/base/secret.h"

#include <openssl/crypto.h>

namespace hrbridge::base {

void Secret::wipe() noexcept {
    // The whole capacity: a longer text may have stood here before, and a short one lies inside the
    // object, where a move leaves its characters behind.
    text_.resize(text_.capacity());
    OPENSSL_cleanse(text_.data(), text_.size());
    text_.clear();
}

Secret& Secret::operator=(const Secret& other) {
    if (this != &other) {
        wipe();
        text_ = other.text_;
    }
    return *this;
}

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
    other.wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        text_ = std::move(other.text_);
        other.wipe();
    }
    return *this;
}

Secret::~Secret() {
    wipe();
}

}  // namespace hrbridge::base
