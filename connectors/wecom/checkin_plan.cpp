#include "connectors/wecom/checkin_plan.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

using Users = std::vector<std::string>;

Users sorted(Users users) {
    std::sort(users.begin(), users.end());
    users.erase(std::unique(users.begin(), users.end()), users.end());
    return users;
}

Users both(const Users& a, const Users& b) {
    Users out;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

Users either(const Users& a, const Users& b) {
    Users out;
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

Users without(const Users& a, const Users& b) {
    Users out;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

}  // namespace

CheckinPlan plan_checkins(std::vector<std::string> everyone,
                          std::vector<std::string> current,
                          const std::string& memory,
                          const std::vector<std::string>* fresh,
                          const CheckinBounds& bounds) {
    everyone = sorted(std::move(everyone));
    const Users known = both(everyone, sorted(split_users(memory)));
    CheckinPlan plan;
    plan.fresh = without(fresh == nullptr ? everyone : both(everyone, sorted(*fresh)), known);
    const Users read = either(known, plan.fresh);
    plan.memory = join_users(read);
    plan.passes = {{plan.fresh, bounds.first, bounds.from},
                   {both(read, sorted(std::move(current))), bounds.from, bounds.to}};
    return plan;
}

std::string join_users(const std::vector<std::string>& users) {
    std::string text;
    for (const std::string& user : users) {
        text += (text.empty() ? "" : "\n") + user;
    }
    return text;
}

std::vector<std::string> split_users(const std::string& text) {
    Users users;
    for (const std::string_view user : base::split(text, '\n')) {
        if (!user.empty()) {
            users.emplace_back(user);
        }
    }
    return users;
}

}  // namespace hrbridge::wecom
