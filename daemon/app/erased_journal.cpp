#include "daemon/app/erased_journal.h"

namespace hrbridge::app {

base::Result<ErasedJournal::Entries> ErasedJournal::entries() {
    const std::lock_guard lock(mutex_);
    if (entries_ == nullptr) {
        auto read = people::read_journal(folder_);
        if (!read) {
            return read.fault();
        }
        entries_ =
            std::make_shared<const std::vector<people::JournalEntry>>(std::move(read).value());
    }
    return entries_;
}

void ErasedJournal::forget() {
    const std::lock_guard lock(mutex_);
    entries_.reset();
}

}  // namespace hrbridge::app
