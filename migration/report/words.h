#pragma once

#include <map>
#include <string>

#include "daemon/base/time.h"
#include "migration/ledger/kinds.h"
#include "migration/report/document.h"

namespace hrbridge::report {

// The report's texts in one language, times by one zone's clocks.
class Words {
  public:
    explicit Words(std::string language, base::Zone zone = base::Zone::utc())
        : language_(std::move(language)), zone_(std::move(zone)) {}

    const std::string& language() const { return language_; }
    std::string operator()(const std::string& code,
                           const std::map<std::string, std::string>& values = {}) const;
    Cell outcome(ledger::Outcome outcome) const;
    std::string time(base::Timestamp at) const { return zone_.minute_text(at); }

  private:
    std::string language_;
    base::Zone zone_;
};

std::string count_text(std::int64_t number);                    // "1,234,567"
std::string share_text(std::int64_t part, std::int64_t whole);  // "0.0331 %", "–" of nothing
std::string seconds_text(std::int64_t microseconds);            // "12.3"

}  // namespace hrbridge::report
