#include "migration/sampling/rank.h"

#include <stdexcept>

#include <fmt/core.h>
#include <openssl/evp.h>

namespace hrbridge::sampling {
namespace {

// The 2 is the version of what ARCHITECTURE.md says under "A draw".
constexpr std::string_view kSeedLabel = "hrbridge draw 2 seed";
constexpr std::string_view kSheetLabel = "hrbridge draw 2 sheet";
constexpr std::string_view kSampleLabel = "hrbridge draw 2 sample";
constexpr std::string_view kDecoyLabel = "hrbridge draw 2 decoy";

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void require(bool done) {
    if (!done) {
        throw std::runtime_error("OpenSSL refused a digest operation");
    }
}

Context begin() {
    Context context(EVP_MD_CTX_new());
    require(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
    return context;
}

void add(EVP_MD_CTX* context, std::string_view bytes) {
    require(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
}

void add_number(EVP_MD_CTX* context, std::uint64_t number) {
    std::array<char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(number >> (56 - 8 * i));
    }
    add(context, {bytes.data(), bytes.size()});
}

void add_sized(EVP_MD_CTX* context, std::string_view bytes) {
    add_number(context, bytes.size());
    add(context, bytes);
}

void add_digest(EVP_MD_CTX* context, const Digest& digest) {
    add(context, {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
}

Digest finish(EVP_MD_CTX* context) {
    Digest digest;
    require(EVP_DigestFinal_ex(context, digest.bytes.data(), nullptr) == 1);
    return digest;
}

}  // namespace

std::string Digest::hex() const {
    std::string out;
    for (const std::uint8_t byte : bytes) {
        out += fmt::format("{:02x}", byte);
    }
    return out;
}

Digest draw_seed(std::string_view entry_hash, std::string_view entry_seal) {
    const Context context = begin();
    for (const std::string_view part : {kSeedLabel, entry_hash, entry_seal}) {
        add_sized(context.get(), part);
    }
    return finish(context.get());
}

Digest sheet_seed(const Digest& seed, std::int64_t draw) {
    const Context context = begin();
    add_sized(context.get(), kSheetLabel);
    add_digest(context.get(), seed);
    add_number(context.get(), static_cast<std::uint64_t>(draw));
    return finish(context.get());
}

// The label and the seed are digested once, and each row goes on from there.
struct Ranker::Impl {
    Context start = begin();
    Context row = begin();
};

Ranker::Ranker(Order order, const Digest& seed) : impl_(std::make_unique<Impl>()) {
    EVP_MD_CTX* const start = impl_->start.get();
    add_sized(start, order == Order::Sample ? kSampleLabel : kDecoyLabel);
    add_digest(start, seed);
}

Ranker::~Ranker() = default;

Digest Ranker::of(std::string_view stratum, std::string_view key) {
    EVP_MD_CTX* const row = impl_->row.get();
    require(EVP_MD_CTX_copy_ex(row, impl_->start.get()) == 1);
    add_sized(row, stratum);
    add_sized(row, key);
    return finish(row);
}

}  // namespace hrbridge::sampling
