#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "migration/ledger/note.h"

namespace hrbridge::ledger {

// One thing that is wrong.
struct Finding {
    std::string
        check;  // "chain", "bodies", "seals", "signatures", "key", "head", or a proof's name
    std::int64_t entry = 0;  // the sequence of the entry that it is about; 0: none
    Note note;
};

// Counts all findings and keeps the first ones.
class Findings {
  public:
    explicit Findings(std::size_t keep) : keep_(keep) {}

    void add(std::string check, std::int64_t entry, Note note) {
        ++counts_[check];
        ++total_;
        if (kept_.size() < keep_) {
            kept_.push_back({std::move(check), entry, std::move(note)});
        }
    }
    std::int64_t count(const std::string& check) const {
        const auto found = counts_.find(check);
        return found == counts_.end() ? 0 : found->second;
    }
    std::int64_t total() const { return total_; }
    std::vector<Finding> take() { return std::move(kept_); }

  private:
    std::size_t keep_;
    std::int64_t total_ = 0;
    std::map<std::string, std::int64_t> counts_;
    std::vector<Finding> kept_;
};

}  // namespace hrbridge::ledger
