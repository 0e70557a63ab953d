#pragma once

#include <map>
#include <string>

#include "daemon/base/time.h"
#include "migration/ledger/kinds.h"
#include "migration/report/document.h"

namespace hrbridge::report {

// The report's texts in one language.
class Words {
  public:
    explicit Words(std::string language) : language_(std::move(language)) {}

    const std::string& language() const { return language_; }
    std::string operator()(const std::string& code,
                           const std::map<std::string, std::string>& values = {}) const;
    Cell outcome(ledger::Outcome outcome) const;

  private:
    std::string language_;
};

std::string count_text(std::int64_t number);                    // "1,234,567"
std::string share_text(std::int64_t part, std::int64_t whole);  // "0.0331 %", "–" of nothing
std::string seconds_text(std::int64_t microseconds);            // "12.3"
std::string time_text(base::Timestamp at);                      // "2026-11-27 00:23 UTC"

}  // namespace hrbridge::report
