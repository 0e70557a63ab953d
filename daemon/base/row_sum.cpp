#include "daemon/base/row_sum.h"

#include <bit>
#include <cstring>
#include <stdexcept>

#include <openssl/evp.h>

#include "daemon/base/decimal.h"

namespace hrbridge::base {
namespace {

static_assert(std::endian::native == std::endian::little, "words are written as they are");

void check(bool went_well) {
    if (!went_well) {
        throw std::runtime_error("OpenSSL has no SHAKE256");
    }
}

}  // namespace

std::string RowImage::digest() const {
    constexpr std::size_t kDigest = 32;
    std::string out(kDigest, '\0');
    std::memcpy(out.data(), words.data(), kDigest);
    return out;
}

struct RowImager::Impl {
    struct Free {
        void operator()(EVP_MD_CTX* freed) const { EVP_MD_CTX_free(freed); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

RowImager::RowImager() : impl_(std::make_unique<Impl>()) {
    check(impl_->context != nullptr);
}
RowImager::RowImager(RowImager&&) noexcept = default;
RowImager& RowImager::operator=(RowImager&&) noexcept = default;
RowImager::~RowImager() = default;

RowImage RowImager::of(std::string_view canonical) {
    EVP_MD_CTX* const context = impl_->context.get();
    std::array<unsigned char, RowSum::kBytes> bytes{};
    check(EVP_DigestInit_ex(context, EVP_shake256(), nullptr) == 1 &&
          EVP_DigestUpdate(context, canonical.data(), canonical.size()) == 1 &&
          EVP_DigestFinalXOF(context, bytes.data(), bytes.size()) == 1);
    RowImage image;
    std::memcpy(image.words.data(), bytes.data(), bytes.size());
    return image;
}

std::optional<RowSum> RowSum::from_bytes(std::string_view bytes) {
    if (bytes.size() != kBytes) {
        return std::nullopt;
    }
    RowSum sum;
    std::memcpy(sum.total_.words.data(), bytes.data(), kBytes);
    return sum;
}

void RowSum::add(const std::array<std::uint64_t, RowImage::kWords>& words) {
    UInt128 carry = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        carry += total_.words[i];
        carry += words[i];
        total_.words[i] = static_cast<std::uint64_t>(carry);
        carry >>= 64U;
    }
}

void RowSum::subtract(const RowImage& row) {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < row.words.size(); ++i) {
        const std::uint64_t before = total_.words[i];
        const std::uint64_t less = before - row.words[i];
        total_.words[i] = less - borrow;
        borrow = (before < row.words[i] || less < borrow) ? 1 : 0;
    }
}

std::string RowSum::bytes() const {
    std::string out(kBytes, '\0');
    std::memcpy(out.data(), total_.words.data(), kBytes);
    return out;
}

}  // namespace hrbridge::base
