#include "daemon/app/core_dumps.h"

#include <cstdlib>
#include <string_view>

#include <sys/prctl.h>

namespace hrbridge::app {

void keep_memory_private() {
    const char* wanted = std::getenv(kCoreDumpsVariable);
    if (wanted == nullptr || std::string_view(wanted) != "yes") {
        ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}

}  // namespace hrbridge::app
