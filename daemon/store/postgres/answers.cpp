#include "daemon/store/postgres/answers.h"

#include <poll.h>

#include "daemon/store/postgres/result.h"

namespace hrbridge::store::postgres {
namespace {

using Clock = std::chrono::steady_clock;

// Whether PQgetResult() need not wait.
bool has_come(PGconn* session, Clock::time_point end) {
    while (PQisBusy(session) != 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd waiting{PQsocket(session), POLLIN, 0};
        if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0 ||
            PQconsumeInput(session) == 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool answers(PGconn* session, std::chrono::milliseconds patience) {
    const auto end = Clock::now() + patience;
    if (PQsendQuery(session, "SELECT 1") == 0) {
        return false;
    }
    bool good = false;
    while (has_come(session, end)) {
        const Result result(PQgetResult(session));
        if (!result) {
            return good;
        }
        good = PQresultStatus(result.get()) == PGRES_TUPLES_OK;
    }
    return false;
}

}  // namespace hrbridge::store::postgres
