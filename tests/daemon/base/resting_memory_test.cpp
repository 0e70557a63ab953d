#include "daemon/base/resting_memory.h"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <link.h>

namespace hrbridge::base {
namespace {

long resident_file_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string name; status >> name;) {
        if (name == "RssFile:") {
            long kib = 0;
            status >> kib;
            return kib;
        }
    }
    return -1;
}

// Of all segments that no one may write, so that each of their pages is resident. They hold what
// AddressSanitizer puts between constants, which it must not take for a fault.
[[gnu::no_sanitize("address")]] int add_up(dl_phdr_info* object, std::size_t /*size*/, void* sum) {
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type == PT_LOAD && (segment.p_flags & (PF_W | PF_R)) == PF_R) {
            const auto* bytes =
                reinterpret_cast<const unsigned char*>(object->dlpi_addr + segment.p_vaddr);
            for (std::size_t at = 0; at < segment.p_filesz; at += 64) {
                *static_cast<std::uint64_t*>(sum) += bytes[at];
            }
        }
    }
    return 0;
}

std::uint64_t sum_of_constants() {
    std::uint64_t sum = 0;
    dl_iterate_phdr(add_up, &sum);
    return sum;
}

TEST(RestingMemory, ConstantsAreGivenBackAndStayAsTheyWere) {
    const std::uint64_t sum = sum_of_constants();
    const long before = resident_file_kib();
    give_back_constants();
    const long after = resident_file_kib();
    EXPECT_LT(after * 2, before);
    EXPECT_EQ(sum_of_constants(), sum);
}

}  // namespace
}  // namespace hrbridge::base
