#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "connectors/wecom/callback.h"
#include "daemon/base/clock.h"

namespace {

using hrbridge::base::Secret;
using hrbridge::wecom::MessageCrypto;

MessageCrypto make_crypto() {
    return MessageCrypto::make(Secret("QDG6eK"),
                               Secret("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"),
                               "wx5823bf96d3bd56c7")
        .value();
}

}  // namespace

// The same bytes as a request body, as ciphertext and as a deciphered message: what a stranger can
// send, and what lies behind a signature.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const MessageCrypto crypto = make_crypto();
    const hrbridge::base::SystemClock clock;
    const hrbridge::wecom::CallbackReceiver receiver(crypto, {}, clock);
    receiver.receive({"signature", "1409659813", "nonce", ""}, input);
    crypto.decrypt(input);
    const auto event = hrbridge::wecom::parse_event(input);
    if (event && event->dedupe_key.empty()) {
        __builtin_trap();
    }
    const std::string cipher = crypto.encrypt(input, "0123456789abcdef");
    if (crypto.decrypt(cipher).value() != input) {
        __builtin_trap();
    }
    return 0;
}
