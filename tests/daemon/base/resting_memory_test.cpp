#include "daemon/base/resting_memory.h"

#include <barrier>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <link.h>
#include <malloc.h>

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

int heaps() {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* const out = open_memstream(&text, &size);
    malloc_info(0, out);
    std::fclose(out);
    const std::string told(text, size);
    std::free(text);
    int found = 0;
    for (auto at = told.find("<heap nr="); at != std::string::npos;
         at = told.find("<heap nr=", at + 1)) {
        ++found;
    }
    return found;
}

TEST(RestingMemory, ThreadsShareTwoHeaps) {
    share_heaps();
    std::barrier all_at_once(8);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            const auto mine = std::make_unique<std::vector<char>>(5'000);
            all_at_once.arrive_and_wait();
        });
    }
    threads.clear();
    EXPECT_LE(heaps(), 2);
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
