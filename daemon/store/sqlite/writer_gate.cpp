#include "daemon/store/sqlite/writer_gate.h"

#include <filesystem>
#include <map>
#include <system_error>

namespace hrbridge::store::sqlite {

std::shared_ptr<WriterGate> WriterGate::of(const std::string& path) {
    static std::mutex mutex;
    static std::map<std::string, std::weak_ptr<WriterGate>> gates;
    if (path == ":memory:") {
        return std::make_shared<WriterGate>();  // every connection has a database of its own
    }
    std::error_code unknown;
    const std::string file = std::filesystem::weakly_canonical(path, unknown).string();
    const std::lock_guard lock(mutex);
    std::weak_ptr<WriterGate>& known = gates[unknown ? path : file];
    std::shared_ptr<WriterGate> gate = known.lock();
    if (!gate) {
        gate = std::make_shared<WriterGate>();
        known = gate;
    }
    return gate;
}

bool WriterGate::enter(std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    std::unique_lock lock(mutex_);
    const auto place = waiting_.insert(until);
    const bool entered =
        changed_.wait_until(lock, until, [&] { return !taken_ && place == waiting_.begin(); });
    waiting_.erase(place);
    if (entered) {
        taken_ = true;
    } else {
        changed_.notify_all();  // the turn is the next one's
    }
    return entered;
}

void WriterGate::leave() {
    const std::lock_guard lock(mutex_);
    taken_ = false;
    changed_.notify_all();
}

std::size_t WriterGate::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

}  // namespace hrbridge::store::sqlite
