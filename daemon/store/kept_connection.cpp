#include "daemon/store/kept_connection.h"

namespace hrbridge::store {

void KeptConnection::open() {
    if (connection_ && !connection_->reaches_store()) {
        connection_.reset();
    }
    if (!connection_) {
        connection_ = store_.connect();
    }
}

}  // namespace hrbridge::store
