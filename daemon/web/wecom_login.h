#pragma once

#include <functional>
#include <optional>
#include <string>

namespace hrbridge::web {

// Login by WeCom, as the pages see it. Called in several threads at a time.
struct WecomLogin {
    // Where a browser goes to say who it is: it comes back with `state` and a code.
    std::function<std::string(
        const std::string& state, bool inside_wecom, const std::string& language)>
        address;

    enum class Kind { Member, Outsider, SpentCode };
    struct Answer {
        Kind kind = Kind::SpentCode;
        std::string userid;  // of a member
    };
    // Who came back with the code; nullopt when the platform does not say, which the log tells.
    std::function<std::optional<Answer>(const std::string& code)> ask;
};

}  // namespace hrbridge::web
