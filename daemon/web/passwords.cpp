#include "daemon/web/passwords.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <semaphore>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::web {
namespace {

constexpr int kLogN = 15;
constexpr int kBlockSize = 8;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::uint64_t kMaxMemory = 64ULL << 20U;
constexpr std::size_t kLeastLength = 10;
constexpr std::size_t kMostLength = 256;

// Each takes 32 MiB and a core for a while: a crowd of guesses must not take them all.
constexpr int kAtATime = 4;
std::counting_semaphore<kAtATime> turns(kAtATime);

class Turn {
  public:
    Turn() { turns.acquire(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { turns.release(); }
};

std::string derive(std::string_view password, std::string_view salt, int log_n) {
    const Turn turn;
    std::string out(kHashBytes, '\0');
    const int ok = EVP_PBE_scrypt(password.data(),
                                  password.size(),
                                  reinterpret_cast<const unsigned char*>(salt.data()),
                                  salt.size(),
                                  1ULL << static_cast<unsigned>(log_n),
                                  kBlockSize,
                                  1,
                                  kMaxMemory,
                                  reinterpret_cast<unsigned char*>(out.data()),
                                  out.size());
    if (ok != 1) {
        throw std::runtime_error("scrypt failed");
    }
    return out;
}

}  // namespace

std::string hash_password(std::string_view password) {
    const std::string salt = base::random_bytes(kSaltBytes);
    return fmt::format("scrypt${}${}$1${}${}",
                       kLogN,
                       kBlockSize,
                       base::to_base64(salt),
                       base::to_base64(derive(password, salt, kLogN)));
}

bool password_matches(std::string_view password, const std::string& hash) {
    const auto parts = base::split(hash, '$');
    if (parts.size() != 6 || parts[0] != "scrypt" || parts[2] != "8" || parts[3] != "1") {
        return false;
    }
    int log_n = 0;
    std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), log_n);
    const auto salt = base::from_base64(parts[4]);
    const auto wanted = base::from_base64(parts[5]);
    if (log_n < 10 || log_n > 15 || !salt || !wanted || wanted->size() != kHashBytes) {
        return false;
    }
    const std::string got = derive(password, *salt, log_n);
    return CRYPTO_memcmp(got.data(), wanted->data(), kHashBytes) == 0;
}

std::string password_fault(std::string_view password) {
    if (!base::is_valid_utf8(password)) {
        return "the password must be UTF-8 text";
    }
    if (base::code_points(password) < kLeastLength) {
        return fmt::format("the password needs at least {} characters", kLeastLength);
    }
    if (password.size() > kMostLength) {
        return fmt::format("the password may have at most {} bytes", kMostLength);
    }
    return {};
}

}  // namespace hrbridge::web
