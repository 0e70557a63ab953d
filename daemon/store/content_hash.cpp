#include "daemon/store/content_hash.h"

#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::store {

std::string entity_content_hash(sql::Connection& connection, const std::string& table) {
    std::string hashes;
    const auto rows = connection.query("SELECT row_hash FROM " + table + " ORDER BY row_hash", {});
    while (rows->next()) {
        hashes += rows->bytes(0);
    }
    return base::to_hex(base::sha256(hashes));
}

}  // namespace hrbridge::store
