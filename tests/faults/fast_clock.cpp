// Loaded into a program before all else (LD_PRELOAD), so that its time goes faster: all clocks but
// those of CPU time, the times of files, and every wait and time-out. The program and those that it
// starts see one and the same time.
//   FAST_CLOCK=MONOTONIC:REAL:FACTOR  nanoseconds of both clocks at which time begins to go FACTOR
//   times as fast
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <optional>

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

namespace {

using Nanoseconds = std::int64_t;
constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kMicrosecond = 1'000;

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// What the program asked for is that of the next library with the same name.
#define NEXT(name) static const auto real = next<decltype(&(name))>(#name)

Nanoseconds count(const timespec& time) {
    return time.tv_sec * kSecond + time.tv_nsec;
}

timespec spec(Nanoseconds time) {
    const Nanoseconds seconds = time / kSecond - (time % kSecond < 0 ? 1 : 0);
    return {static_cast<time_t>(seconds), static_cast<long>(time - seconds * kSecond)};
}

struct Pace {
    long long monotonic = 0;
    long long real = 0;
    long long factor = 1;

    bool is_wall(clockid_t clock) const {
        return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
    }
    bool is_changed(clockid_t clock) const {
        return is_wall(clock) || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW ||
               clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME;
    }
    Nanoseconds base(clockid_t clock) const { return is_wall(clock) ? real : monotonic; }
    // As the program sees it; times before the base stay as they are.
    Nanoseconds seen(Nanoseconds time, clockid_t clock) const {
        const Nanoseconds from = base(clock);
        return time <= from ? time : from + (time - from) * factor;
    }
    // The reverse. Rounded up: who wakes too early would wait once more.
    Nanoseconds real_of(Nanoseconds time, clockid_t clock) const {
        const Nanoseconds from = base(clock);
        return time <= from ? time : from + (time - from + factor - 1) / factor;
    }
    Nanoseconds shorter(Nanoseconds span) const {
        return span <= 0 ? span : (span + factor - 1) / factor;
    }
};

Pace read_pace() {
    Pace pace;
    const char* text = std::getenv("FAST_CLOCK");
    if (text == nullptr ||
        std::sscanf(text, "%lld:%lld:%lld", &pace.monotonic, &pace.real, &pace.factor) != 3 ||
        pace.factor < 1) {
        return {};
    }
    return pace;
}

const Pace& pace() {
    static const Pace read = read_pace();
    return read;
}

// Of an absolute time for a call that knows no other clock than the kernel's.
timespec real_deadline(const timespec* until, clockid_t clock) {
    constexpr Nanoseconds kEnd = std::numeric_limits<Nanoseconds>::max() / kSecond;
    return until->tv_sec >= kEnd ? *until : spec(pace().real_of(count(*until), clock));
}

int milliseconds(int wanted) {
    return wanted <= 0 ? wanted : static_cast<int>(pace().shorter(wanted));
}

std::optional<timespec> shorter(const timespec* span) {
    if (span == nullptr) {
        return std::nullopt;
    }
    constexpr Nanoseconds kEnd = std::numeric_limits<Nanoseconds>::max() / kSecond;
    return span->tv_sec >= kEnd ? *span : spec(pace().shorter(count(*span)));
}

template <typename Value>
Value* or_null(std::optional<Value>& value) {
    return value ? &*value : nullptr;
}

Nanoseconds count(const timeval& time) {
    return time.tv_sec * kSecond + time.tv_usec * kMicrosecond;
}

timeval value(Nanoseconds time) {
    return {static_cast<time_t>(time / kSecond),
            static_cast<suseconds_t>(time % kSecond / kMicrosecond)};
}

// Never 0 where something was wanted: that would be for ever, or not at all.
timeval shorter(const timeval& span) {
    const Nanoseconds whole = count(span);
    return whole <= 0 ? span : value(std::max(pace().shorter(whole), kMicrosecond));
}

timeval longer(const timeval& span) {
    return value(count(span) * pace().factor);
}

void show(timespec& time) {
    time = spec(pace().seen(count(time), CLOCK_REALTIME));
}

template <typename Stat>
int shown(int result, Stat* stat) {
    if (result == 0) {
        show(stat->st_mtim);
        show(stat->st_ctim);
        show(stat->st_atim);
    }
    return result;
}

// Which clock a condition waits by was said when it was made; no machine has been up for 30 years.
clockid_t clock_of(const timespec* until) {
    return until->tv_sec > 1'000'000'000 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
}

bool is_span(int level, int option, socklen_t size) {
    return level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) &&
           size >= sizeof(timeval);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) {
    NEXT(clock_gettime);
    const int result = real(clock, time);
    if (result == 0 && pace().is_changed(clock)) {
        *time = spec(pace().seen(count(*time), clock));
    }
    return result;
}

int gettimeofday(timeval* time, void* /*zone*/) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    *time = value(count(now));
    return 0;
}

time_t time(time_t* out) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != nullptr) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

int nanosleep(const timespec* span, timespec* left) {
    NEXT(nanosleep);
    const auto wanted = shorter(span);
    const int result = real(&*wanted, left);
    if (result != 0 && left != nullptr) {
        *left = spec(count(*left) * pace().factor);
    }
    return result;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
    NEXT(clock_nanosleep);
    if (!pace().is_changed(clock)) {
        return real(clock, flags, time, left);
    }
    const timespec wanted =
        (flags & TIMER_ABSTIME) != 0 ? real_deadline(time, clock) : *shorter(time);
    const int result = real(clock, flags, &wanted, left);
    if (result != 0 && left != nullptr && (flags & TIMER_ABSTIME) == 0) {
        *left = spec(count(*left) * pace().factor);
    }
    return result;
}

int usleep(useconds_t microseconds) {
    const timespec span = spec(microseconds * kMicrosecond);
    return nanosleep(&span, nullptr);
}

unsigned int sleep(unsigned int seconds) {
    timespec left{static_cast<time_t>(seconds), 0};
    return nanosleep(&left, &left) == 0 ? 0 : static_cast<unsigned int>(left.tv_sec);
}

int poll(pollfd* files, nfds_t size, int wanted) {
    NEXT(poll);
    return real(files, size, milliseconds(wanted));
}

int __poll_chk(pollfd* files, nfds_t size, int wanted, size_t /*room*/) {
    return poll(files, size, wanted);
}

int ppoll(pollfd* files, nfds_t size, const timespec* wanted, const sigset_t* signals) {
    NEXT(ppoll);
    auto span = shorter(wanted);
    return real(files, size, or_null(span), signals);
}

int select(int size, fd_set* reads, fd_set* writes, fd_set* errors, timeval* wanted) {
    NEXT(select);
    if (wanted == nullptr) {
        return real(size, reads, writes, errors, nullptr);
    }
    timeval span = shorter(*wanted);
    const int result = real(size, reads, writes, errors, &span);
    *wanted = longer(span);
    return result;
}

int pselect(int size,
            fd_set* reads,
            fd_set* writes,
            fd_set* errors,
            const timespec* wanted,
            const sigset_t* signals) {
    NEXT(pselect);
    auto span = shorter(wanted);
    return real(size, reads, writes, errors, or_null(span), signals);
}

int epoll_wait(int poller, epoll_event* events, int size, int wanted) {
    NEXT(epoll_wait);
    return real(poller, events, size, milliseconds(wanted));
}

int epoll_pwait(int poller, epoll_event* events, int size, int wanted, const sigset_t* signals) {
    NEXT(epoll_pwait);
    return real(poller, events, size, milliseconds(wanted), signals);
}

int pthread_cond_timedwait(pthread_cond_t* condition,
                           pthread_mutex_t* mutex,
                           const timespec* until) {
    // The oldest of its versions, which dlsym would find, is for programs of another age.
    static const auto real = reinterpret_cast<decltype(&pthread_cond_timedwait)>(
        ::dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2"));
    const timespec deadline = real_deadline(until, clock_of(until));
    return real(condition, mutex, &deadline);
}

int pthread_cond_clockwait(pthread_cond_t* condition,
                           pthread_mutex_t* mutex,
                           clockid_t clock,
                           const timespec* until) {
    NEXT(pthread_cond_clockwait);
    const timespec deadline = real_deadline(until, clock);
    return real(condition, mutex, clock, &deadline);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) {
    NEXT(pthread_mutex_timedlock);
    const timespec deadline = real_deadline(until, CLOCK_REALTIME);
    return real(mutex, &deadline);
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
    NEXT(pthread_mutex_clocklock);
    const timespec deadline = real_deadline(until, clock);
    return real(mutex, clock, &deadline);
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
    NEXT(sem_timedwait);
    const timespec deadline = real_deadline(until, CLOCK_REALTIME);
    return real(semaphore, &deadline);
}

int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
    NEXT(sem_clockwait);
    const timespec deadline = real_deadline(until, clock);
    return real(semaphore, clock, &deadline);
}

int setitimer(__itimer_which_t which, const itimerval* wanted, itimerval* before) {
    NEXT(setitimer);
    if (which != ITIMER_REAL) {
        return real(which, wanted, before);
    }
    const itimerval span{shorter(wanted->it_interval), shorter(wanted->it_value)};
    const int result = real(which, &span, before);
    if (before != nullptr) {
        *before = {longer(before->it_interval), longer(before->it_value)};
    }
    return result;
}

int setsockopt(int socket, int level, int option, const void* wanted, socklen_t size) noexcept {
    NEXT(setsockopt);
    if (!is_span(level, option, size)) {
        return real(socket, level, option, wanted, size);
    }
    const timeval span = shorter(*static_cast<const timeval*>(wanted));
    return real(socket, level, option, &span, sizeof(span));
}

int getsockopt(int socket, int level, int option, void* found, socklen_t* size) noexcept {
    NEXT(getsockopt);
    const int result = real(socket, level, option, found, size);
    if (result == 0 && is_span(level, option, *size)) {
        *static_cast<timeval*>(found) = longer(*static_cast<timeval*>(found));
    }
    return result;
}

int stat(const char* path, struct stat* found) noexcept {
    NEXT(stat);
    return shown(real(path, found), found);
}

int lstat(const char* path, struct stat* found) noexcept {
    NEXT(lstat);
    return shown(real(path, found), found);
}

int fstat(int file, struct stat* found) noexcept {
    NEXT(fstat);
    return shown(real(file, found), found);
}

int fstatat(int folder, const char* path, struct stat* found, int flags) noexcept {
    NEXT(fstatat);
    return shown(real(folder, path, found, flags), found);
}

int stat64(const char* path, struct stat64* found) noexcept {
    NEXT(stat64);
    return shown(real(path, found), found);
}

int lstat64(const char* path, struct stat64* found) noexcept {
    NEXT(lstat64);
    return shown(real(path, found), found);
}

int fstat64(int file, struct stat64* found) noexcept {
    NEXT(fstat64);
    return shown(real(file, found), found);
}

}  // extern "C"
