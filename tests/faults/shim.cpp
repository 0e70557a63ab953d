// Loaded into a program before all else (LD_PRELOAD), so that it dies inside a system call of the
// test's choice, or sees another time.
//   FAULT_AT=CALL:N     SIGKILL at the N-th sync, write or send: "sync-before" and "sync-after" its
//                       fsync or fdatasync, "write" and "send" when half of the bytes are out
//   FAULT_COUNTS=FILE   24 bytes: how many syncs, writes and sends there were
//   FAULT_CLOCK=SECONDS how much later than the system's clock the wall clock is
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

enum Call { kSync, kWrite, kSend, kCalls };
using Counts = std::array<std::atomic<std::int64_t>, kCalls>;

struct Plan {
    std::string_view call;
    std::int64_t at = 0;
    std::int64_t clock = 0;
    Counts own{};
    Counts* counts = &own;
};

std::int64_t setting(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? 0 : std::atoll(text);
}

Plan* make_plan() {
    static Plan plan;
    plan.clock = setting("FAULT_CLOCK");
    if (const char* at = std::getenv("FAULT_AT")) {
        const char* colon = std::strchr(at, ':');
        plan.call = std::string_view(at, static_cast<std::size_t>(colon - at));
        plan.at = std::atoll(colon + 1);
    }
    if (const char* path = std::getenv("FAULT_COUNTS")) {
        const int file = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file >= 0 && ::ftruncate(file, sizeof(Counts)) == 0) {
            void* shared =
                ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (shared != MAP_FAILED) {
                plan.counts = static_cast<Counts*>(shared);
            }
            ::close(file);
        }
    }
    return &plan;
}

Plan& plan() {
    static Plan* made = make_plan();
    return *made;
}

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

[[noreturn]] void die() {
    ::kill(::getpid(), SIGKILL);
    for (;;) {
        ::pause();
    }
}

bool is_due(Call call) {
    return ++(*plan().counts)[call] == plan().at;
}

template <typename Sync>
int synced(Sync sync, int file) {
    const bool due = is_due(kSync);
    if (due && plan().call == "sync-before") {
        die();
    }
    const int result = sync(file);
    if (due && plan().call == "sync-after") {
        die();
    }
    return result;
}

}  // namespace

extern "C" {

int fsync(int file) {
    static const auto real = next<int (*)(int)>("fsync");
    return synced(real, file);
}

int fdatasync(int file) {
    static const auto real = next<int (*)(int)>("fdatasync");
    return synced(real, file);
}

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
    static const auto real = next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
    if (is_due(kWrite) && plan().call == "write") {
        real(file, bytes, size / 2, at);
        die();
    }
    return real(file, bytes, size, at);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
    return pwrite64(file, bytes, size, at);
}

ssize_t send(int socket, const void* bytes, size_t size, int flags) {
    static const auto real = next<ssize_t (*)(int, const void*, size_t, int)>("send");
    if (is_due(kSend) && plan().call == "send") {
        real(socket, bytes, size / 2, flags);
        die();
    }
    return real(socket, bytes, size, flags);
}

int clock_gettime(clockid_t clock, timespec* time) {
    static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
    const int result = real(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) {
        time->tv_sec += plan().clock;
    }
    return result;
}

}  // extern "C"
