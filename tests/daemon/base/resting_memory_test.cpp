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

// A line of /proc/self/status: "RssFile", "RssAnon".
long kib_of(const std::string& what) {
    std::ifstream status("/proc/self/status");
    for (std::string name; status >> name;) {
        if (name == what + ":") {
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

// In processes of their own, in which no other test had threads.
class OneHeap : public testing::Test {
  protected:
    OneHeap() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

[[noreturn]] void exit_with_the_heaps_of_eight_threads() {
    share_heap();
    std::barrier all_at_once(8);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            const auto mine = std::make_unique<std::vector<char>>(5'000);
            all_at_once.arrive_and_wait();
        });
    }
    threads.clear();
    std::_Exit(heaps());
}

TEST_F(OneHeap, IsSharedByAllThreads) {
    EXPECT_EXIT(exit_with_the_heaps_of_eight_threads(), testing::ExitedWithCode(1), "");
}

// AddressSanitizer keeps what is freed.
#ifndef __SANITIZE_ADDRESS__
void use_five_mebibytes() {
    std::vector<std::unique_ptr<std::vector<char>>> pieces;
    for (int i = 0; i < 25'000; ++i) {
        pieces.push_back(std::make_unique<std::vector<char>>(200, 'x'));
    }
}

// Exits with the MiB that stay.
[[noreturn]] void exit_with_what_a_thread_leaves() {
    share_heap();
    {
        const std::vector<char> block(4U << 20U);  // its size is what the heap's free end may have
    }
    const long before = kib_of("RssAnon");
    std::jthread(use_five_mebibytes).join();
    give_back_heap();
    std::_Exit(static_cast<int>((kib_of("RssAnon") - before) / 1024));
}

TEST_F(OneHeap, IsGivenBackWithItsFreeEnd) {
    EXPECT_EXIT(exit_with_what_a_thread_leaves(), testing::ExitedWithCode(0), "");
}
#endif

// ThreadSanitizer keeps notes of what was touched.
#ifndef __SANITIZE_THREAD__
TEST(RestingMemory, BytesThatAreMovedAreNotHeldTwice) {
    constexpr std::size_t kLength = (std::size_t{32} << 20U) + 123;
    std::string from(kLength, 'x');
    from.back() = 'y';
    std::string to;
    to.reserve(kLength);
    const long before = kib_of("RssAnon");
    move_bytes(from.data(), from.size(), to);
    EXPECT_LT(kib_of("RssAnon") - before, 2048);
    EXPECT_EQ(to.size(), kLength);
    EXPECT_EQ(to.find_first_not_of('x'), kLength - 1);
    EXPECT_EQ(to.back(), 'y');
}
#endif

TEST(RestingMemory, ConstantsAreGivenBackAndStayAsTheyWere) {
    const std::uint64_t sum = sum_of_constants();
    const long before = kib_of("RssFile");
    give_back_constants();
    const long after = kib_of("RssFile");
    EXPECT_LT(after * 2, before);
    EXPECT_EQ(sum_of_constants(), sum);
}

}  // namespace
}  // namespace hrbridge::base
