#include "daemon/store/readings.h"

#include "daemon/store/repositories.h"

namespace hrbridge::store {

void note_reading(sql::Connection& connection, const Reading& reading, base::Timestamp at) {
    AuditRepository(connection)
        .add(reading.actor,
             reading.act,
             reading.object.empty() ? "all" : reading.object,
             std::to_string(reading.shown) + " shown",
             at);
}

}  // namespace hrbridge::store
