#include "daemon/app/card_task.h"

#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kReceiverDigits = 12;

}  // namespace

std::string task_for(const std::string& event_key, const std::string& receiver) {
    return event_key + "-" + base::to_hex(base::sha256(receiver)).substr(0, kReceiverDigits);
}

std::string event_of_task(const std::string& task) {
    return task.size() > kReceiverDigits + 1 ? task.substr(0, task.size() - kReceiverDigits - 1)
                                             : std::string();
}

}  // namespace hrbridge::app
