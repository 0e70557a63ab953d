#include "daemon/base/resting_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace hrbridge::base {
namespace {

// Segments that no one may write are as their files are: relocated data lies in the others.
int give_back_object(dl_phdr_info* object, std::size_t /*size*/, void* page_size) {
    if (std::string_view(object->dlpi_name).starts_with("linux-vdso")) {
        return 0;  // of no file
    }
    const std::uintptr_t page = *static_cast<const std::uintptr_t*>(page_size);
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) {
            continue;
        }
        const std::uintptr_t start = object->dlpi_addr + segment.p_vaddr;
        const std::uintptr_t first = start & ~(page - 1);
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers.
        ::madvise(reinterpret_cast<void*>(first), start + segment.p_memsz - first, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

void share_heap() {
    mallopt(M_ARENA_MAX, 1);
}

void give_back_heap() {
    malloc_trim(0);
}

void give_back_pages(char* first, std::size_t size) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(first) % page) % page;
    if (size > before && size - before >= page) {
        ::madvise(first + before, (size - before) / page * page, MADV_DONTNEED);
    }
}

void move_bytes(char* from, std::size_t size, std::string& out) {
    constexpr std::size_t kPiece = std::size_t{1} << 20U;
    for (std::size_t at = 0; at < size; at += kPiece) {
        const std::size_t piece = std::min(kPiece, size - at);
        out.append(from + at, piece);
        give_back_pages(from + at, piece);
    }
}

void give_back_constants() {
    auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    dl_iterate_phdr(give_back_object, &page);
}

}  // namespace hrbridge::base
