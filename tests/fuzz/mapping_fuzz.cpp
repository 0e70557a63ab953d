#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mappings/engine/mapper.h"
#include "mappings/engine/mapping.h"

// Any text is either faults or a mapping whose fixtures can be run.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hrbridge;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const engine::LoadedMapping loaded = engine::parse_mapping(text, "fuzz.map.yaml");
    if (loaded.mapping.has_value() != loaded.faults.empty()) {
        std::abort();
    }
    if (loaded.mapping) {
        engine::run_fixtures(*loaded.mapping, base::Date{std::chrono::year{2024} / 5 / 6});
    }
    return 0;
}
