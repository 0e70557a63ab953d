#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hrbridge::engine {

// What decoding one cell found.
struct DecodeReport {
    bool ok = true;
    std::size_t offset = 0;    // of the first byte that cannot be decoded, when !ok
    bool private_use = false;  // U+E000–F8FF or planes 15 and 16
    bool replacement = false;  // U+FFFD
};

// Turns source bytes into UTF-8, strictly: bytes that the charset does not define are an error,
// never a substitute; so is NUL, which no store can keep in text. Immutable and thread-safe.
//
// utf-8    Unicode's well-formed sequences only (no surrogates, no overlong forms).
// gbk      Microsoft's code page 936 without its user-defined areas: 0x80 is the euro sign,
//          AA F7 is an error.
// gb18030  GB 18030-2005, all 1-, 2- and 4-byte sequences; user-defined areas decode to private
// use. latin1   ISO 8859-1.
class Decoder {
  public:
    // nullopt for an unknown charset. gbk and gb18030 build their tables here, once (milliseconds).
    static std::optional<Decoder> make(std::string_view charset);

    // `out` views `bytes` itself where no byte changes, otherwise `buffer`.
    DecodeReport decode(std::string_view bytes, std::string& buffer, std::string_view& out) const;

    struct Tables;

  private:
    enum class Charset { Utf8, Gbk, Gb18030, Latin1 };
    Decoder(Charset charset, std::shared_ptr<const Tables> tables)
        : charset_(charset), tables_(std::move(tables)) {}

    Charset charset_;
    std::shared_ptr<const Tables> tables_;  // null for utf-8 and latin1
};

// The charsets that make() knows.
std::vector<std::string> charset_names();

}  // namespace hrbridge::engine
