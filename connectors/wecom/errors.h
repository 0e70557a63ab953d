#pragma once

#include <span>
#include <string>
#include <string_view>

#include "daemon/base/error.h"

namespace hrbridge::wecom {

// What the caller does about an errcode. The one place that decides it is the table in errors.cpp,
// after the platform's list of global error codes.
enum class Reaction {
    None,          // 0: it worked
    RetrySoon,     // busy: again from one second on, doubling
    RetryLater,    // concurrent writers, too many in parallel: again with jitter
    RefreshToken,  // one refresh, one retry
    BackOff,       // frequency limit: nothing for 60 seconds, then for 60 minutes
    Halt,          // a person must change a setting; nothing can work before
    DeadReceiver,  // this person cannot be reached so; map him anew or widen the visible range
    DeadMessage,   // this message can never be accepted; correct its template
    RestartLogin,  // the OAuth code is spent: send the person through login again
    RebuildPage,   // the page's JS-SDK signature is wrong
    SplitRequest,  // the answer would be too large, or the request asks too much at once
    Unlisted,      // not in the table: a few retries, then dead
};

struct ErrorRule {
    int errcode;
    Reaction reaction;
    std::string_view advice;  // for people: what to do
};

std::span<const ErrorRule> error_rules();
// The rule of an errcode; one with Reaction::Unlisted when the table has none.
ErrorRule rule_of(int errcode);
base::Remedy remedy_of(Reaction reaction);
// "errcode 60020: …", never the platform's errmsg, which holds addresses.
std::string describe(const ErrorRule& rule);

}  // namespace hrbridge::wecom
