#include "daemon/store/batch_identity.h"

#include "daemon/base/ids.h"
#include "daemon/base/row_hash.h"

namespace hrbridge::store {

std::string batch_identity(const BatchPlace& place) {
    base::RowHasher row;
    row.add_text(place.mapping_hash);
    row.add_int(place.run_id);
    row.add_int(place.number);
    row.add_text(place.lower_position);
    if (place.window_to) {
        row.add_timestamp(place.window_to->time_since_epoch().count());
    } else {
        row.add_null();
    }
    return base::sha256(row.canonical());
}

bool batch_committed(sql::Connection& connection, const std::string& identity) {
    const auto rows =
        connection.query("SELECT id FROM batch WHERE identity = $1", {base::Bytes{identity}});
    return rows->next();
}

}  // namespace hrbridge::store
