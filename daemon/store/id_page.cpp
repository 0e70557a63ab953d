#include "daemon/store/id_page.h"

namespace hrbridge::store {

std::optional<std::int64_t> page_end(sql::Connection& connection,
                                     std::string_view ids_and_lengths,
                                     std::span<const base::Value> values) {
    std::optional<std::int64_t> last;
    std::int64_t bytes = 0;
    const auto rows = connection.query(ids_and_lengths, values);
    while (rows->next()) {
        bytes += rows->is_null(1) ? 0 : rows->integer(1);
        if (last && bytes > kPageBytes) {
            break;
        }
        last = rows->integer(0);
    }
    return last;
}

}  // namespace hrbridge::store
