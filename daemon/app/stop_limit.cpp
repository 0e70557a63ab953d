#include "daemon/app/stop_limit.h"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stop_token>

namespace hrbridge::app {

StopLimit::StopLimit(base::Log& log, std::chrono::milliseconds limit)
    : thread_([&log, limit](const std::stop_token& ended) {
          std::mutex mutex;
          std::condition_variable_any changed;
          std::unique_lock lock(mutex);
          changed.wait_for(lock, ended, limit, [] { return false; });
          if (!ended.stop_requested()) {
              log.error("not everything stopped in time; the rest is cut off",
                        {{"ms", std::to_string(limit.count())}});
              std::_Exit(1);
          }
      }) {}

}  // namespace hrbridge::app
