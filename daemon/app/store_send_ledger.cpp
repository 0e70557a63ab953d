#include "daemon/app/store_send_ledger.h"

#include <algorithm>

#include "daemon/store/send_log.h"

namespace hrbridge::app {
namespace {

using std::chrono::seconds;

// Longer than any bound looks back.
constexpr std::chrono::hours kKept{48};

seconds rounded_up(base::Timestamp until, base::Timestamp now) {
    return std::chrono::ceil<seconds>(until - now);
}

seconds wait_for(store::SendLog& log,
                 const std::string& member,
                 base::Timestamp now,
                 const wecom::SendBounds& bounds) {
    if (log.count_since(bounds.day_begin) >= bounds.day_most) {
        return rounded_up(bounds.day_end, now);
    }
    seconds wait{0};
    for (const wecom::SendBound& bound : bounds.member) {
        if (const auto blocking = log.nth_newest(member, bound.most, now - bound.span)) {
            // A clock that was put back leaves entries of the future; they hold for one span.
            wait = std::max(wait, std::min(rounded_up(*blocking + bound.span, now), bound.span));
        }
    }
    return wait;
}

}  // namespace

seconds StoreSendLedger::enter(const std::string& member,
                               base::Timestamp now,
                               const wecom::SendBounds& bounds) {
    const auto connection = store_.connect();
    store::sql::Transaction transaction(*connection);
    store::SendLog log(*connection);
    log.lock();
    const seconds wait = wait_for(log, member, now, bounds);
    if (wait.count() == 0) {
        log.purge(now - kKept);
        log.add(member, now);
    }
    transaction.commit();
    return wait;
}

void StoreSendLedger::take_back(const std::string& member) {
    const auto connection = store_.connect();
    store::SendLog(*connection).remove_newest(member);
}

}  // namespace hrbridge::app
