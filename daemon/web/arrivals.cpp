#include "daemon/web/arrivals.h"

#include <algorithm>
#include <utility>

namespace hrbridge::web {

void Arrivals::add(Arrival one) {
    if (waiting_.size() < most_) {
        waiting_.push_back(std::move(one));
        return;
    }
    std::map<std::string, std::size_t> waiting;
    for (const Arrival& each : waiting_) {
        ++waiting[each.peer];
    }
    const auto most =
        std::max_element(waiting.begin(), waiting.end(), [](const auto& a, const auto& b) {
            return a.second < b.second;
        });
    if (most == waiting.end() || most->second <= waiting[one.peer] + 1) {
        return;
    }
    const auto newest = std::find_if(waiting_.rbegin(), waiting_.rend(), [&](const Arrival& each) {
        return each.peer == most->first;
    });
    waiting_.erase(std::prev(newest.base()));
    waiting_.push_back(std::move(one));
}

Arrival Arrivals::take(const std::map<std::string, std::size_t>& served) {
    const auto connections = [&](const Arrival& each) {
        const auto found = served.find(each.peer);
        return found == served.end() ? std::size_t{0} : found->second;
    };
    const auto first =
        std::min_element(waiting_.begin(), waiting_.end(), [&](const auto& a, const auto& b) {
            return connections(a) < connections(b);
        });
    Arrival one = std::move(*first);
    waiting_.erase(first);
    return one;
}

}  // namespace hrbridge::web
