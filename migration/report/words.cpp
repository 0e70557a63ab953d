#include "migration/report/words.h"

#include <cmath>

#include <fmt/format.h>

#include "hrbridge_report_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::report {

std::string Words::operator()(const std::string& code,
                              const std::map<std::string, std::string>& values) const {
    static const ledger::Catalogue kCatalogue(&embedded_file);
    return kCatalogue.text(language_, {code, values});
}

Cell Words::outcome(ledger::Outcome outcome) const {
    const std::string text = (*this)("outcome_" + std::string(ledger::to_string(outcome)));
    switch (outcome) {
        case ledger::Outcome::Pass:
            return {text, Tone::Good};
        case ledger::Outcome::Fail:
            return {text, Tone::Bad};
        case ledger::Outcome::NotChecked:
            return {text, Tone::Open};
    }
    return {text};
}

std::string count_text(std::int64_t number) {
    std::string text = std::to_string(number);
    const std::size_t least = number < 0 ? 1 : 0;
    for (std::size_t at = text.size(); at > least + 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

// Four digits that count, and never 100 % or 0 % for what is not quite that.
std::string share_text(std::int64_t part, std::int64_t whole) {
    if (whole <= 0) {
        return "–";
    }
    const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    if (part == 0 || part == whole) {
        return fmt::format("{:.0f} %", percent);
    }
    if (percent > 99.99 && percent < 100) {
        return "> 99.99 %";
    }
    return percent < 0.0001 ? "< 0.0001 %" : fmt::format("{:.4g} %", percent);
}

std::string seconds_text(std::int64_t microseconds) {
    return fmt::format("{:.1f}", static_cast<double>(microseconds) / 1e6);
}

}  // namespace hrbridge::report
