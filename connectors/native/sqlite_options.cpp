#include "connectors/native/sqlite_options.h"

namespace hrbridge::native {

base::Faults check_options(const SqliteOptions& options) {
    base::Faults faults;
    if (options.path.empty()) {
        faults.push_back({options.name + ".path", "is missing: the database's file"});
    } else if (options.path.find('\0') != std::string::npos) {
        faults.push_back({options.name + ".path", "holds a zero byte; remove it"});
    }
    return faults;
}

}  // namespace hrbridge::native
