#include "daemon/store/kept_connection.h"

#include "daemon/base/error.h"

namespace hrbridge::store {

void KeptConnection::open() {
    if (connection_) {
        try {
            connection_->execute("SELECT 1", {});
            return;
        } catch (const base::StoreError&) {
            connection_.reset();
        }
    }
    connection_ = store_.connect();
}

}  // namespace hrbridge::store
