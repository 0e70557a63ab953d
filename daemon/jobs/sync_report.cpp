#include "daemon/jobs/sync_report.h"

namespace hrbridge::jobs {
namespace {

std::int64_t total(const std::map<std::string, std::int64_t>& counts) {
    std::int64_t sum = 0;
    for (const auto& [rule, rows] : counts) {
        sum += rows;
    }
    return sum;
}

}  // namespace

std::string to_string(SyncOutcome outcome) {
    switch (outcome) {
        case SyncOutcome::Done:
            return "done";
        case SyncOutcome::FaultsFound:
            return "faults found";
        case SyncOutcome::Misconfigured:
            return "misconfigured";
        case SyncOutcome::Stopped:
            return "stopped";
        case SyncOutcome::PutOff:
            return "put off";
        case SyncOutcome::Busy:
            return "busy";
        case SyncOutcome::Failed:
            return "failed";
    }
    return {};
}

std::int64_t SyncReport::rows_rejected() const {
    return total(rejected);
}

std::int64_t SyncReport::rows_held() const {
    return total(held);
}

std::string to_text(const base::Faults& faults) {
    std::string text;
    for (const base::Fault& fault : faults) {
        if (!text.empty()) {
            text += '\n';
        }
        text += fault.where.empty() ? fault.what : fault.where + ": " + fault.what;
    }
    return text;
}

}  // namespace hrbridge::jobs
