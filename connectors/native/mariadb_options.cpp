#include "connectors/native/mariadb_options.h"

namespace hrbridge::native {

base::Faults check_options(const MariaDbOptions& options) {
    base::Faults faults;
    const std::string& where = options.name;
    if (options.host.empty() == options.socket.empty()) {
        faults.push_back({where, "needs either host or socket"});
    }
    if (options.database.empty()) {
        faults.push_back({where + ".database", "is missing: the database that queries are run in"});
    }
    if (options.tls && options.host.empty()) {
        faults.push_back({where + ".tls", "needs host, whose certificate is verified"});
    }
    if (options.tls && options.tls->certificate.empty() != options.tls->key.empty()) {
        faults.push_back({where + ".tls", "needs certificate and key together, or neither"});
    }
    return faults;
}

}  // namespace hrbridge::native
