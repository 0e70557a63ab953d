#include "daemon/web/pages/reading.h"

namespace hrbridge::web {

std::unique_ptr<store::sql::Connection> connect_to_read(const PageParts& parts) {
    return (parts.replica != nullptr ? *parts.replica : parts.store).connect();
}

void note_reading(const PageParts& parts,
                  store::sql::Connection& connection,
                  const store::Reading& reading) {
    if (parts.replica == nullptr) {
        store::note_reading(connection, reading, parts.clock.now());
    } else {
        store::note_reading(*parts.store.connect(), reading, parts.clock.now());
    }
}

}  // namespace hrbridge::web
