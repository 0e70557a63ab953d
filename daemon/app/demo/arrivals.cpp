#include "daemon/app/demo/arrivals.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::app::demo {

std::vector<std::string> not_arrived(const std::vector<model::OutboxEvent>& written,
                                     const std::vector<wecom::sandbox::Delivery>& received) {
    std::vector<std::string> missing;
    for (const model::OutboxEvent& event : written) {
        const auto times =
            std::count_if(received.begin(), received.end(), [&](const auto& delivery) {
                return base::to_lower_ascii(delivery.userid) ==
                           base::to_lower_ascii(event.receiver) &&
                       delivery.message == event.request;
            });
        if (times != 1) {
            missing.push_back(
                fmt::format("{} to {}: {} times", event.event_key, event.receiver, times));
        }
    }
    return missing;
}

}  // namespace hrbridge::app::demo
