#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/unistr.h>

#include "daemon/base/text.h"
#include "mappings/engine/charset.h"

namespace {

// ICU's own converter, told to stop at the first fault.
bool icu_decodes(std::string_view bytes, std::string& out) {
    UErrorCode status = U_ZERO_ERROR;
    UConverter* converter = ucnv_open("gb18030", &status);
    ucnv_setToUCallBack(converter, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    std::u16string units(bytes.size() * 2 + 4, u'\0');
    const std::int32_t length = ucnv_toUChars(converter,
                                              units.data(),
                                              static_cast<std::int32_t>(units.size()),
                                              bytes.data(),
                                              static_cast<std::int32_t>(bytes.size()),
                                              &status);
    ucnv_close(converter);
    if (U_FAILURE(status) != 0) {
        return false;
    }
    out.clear();
    icu::UnicodeString(units.data(), length).toUTF8String(out);
    return true;
}

}  // namespace

// Our table-driven decoder and ICU's converter agree on every text without NUL.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hrbridge;
    static const engine::Decoder decoder = *engine::Decoder::make("gb18030");
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    std::string buffer;
    std::string_view out;
    const engine::DecodeReport report = decoder.decode(bytes, buffer, out);
    if (bytes.find('\0') != std::string_view::npos) {
        return 0;
    }
    std::string expected;
    const bool good = icu_decodes(bytes, expected);
    if (good != report.ok || (good && (out != expected || !base::is_valid_utf8(out)))) {
        std::abort();
    }
    return 0;
}
