#include "daemon/base/ids.h"

#include <limits>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "daemon/base/text.h"

namespace hrbridge::base {

std::string random_bytes(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw std::logic_error("too many random bytes at once");
    }
    std::string out(bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(bytes)) != 1) {
        throw std::runtime_error("the system's random source failed");
    }
    return out;
}

std::string random_id() {
    return to_hex(random_bytes(16));
}

std::string sha256(std::string_view bytes) {
    std::string out(32, '\0');
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(),
                   bytes.size(),
                   reinterpret_cast<unsigned char*>(out.data()),
                   &size,
                   EVP_sha256(),
                   nullptr) != 1) {
        throw std::runtime_error("SHA-256 is not available");
    }
    return out;
}

}  // namespace hrbridge::base
