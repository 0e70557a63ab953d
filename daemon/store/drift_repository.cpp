#include "daemon/store/drift_repository.h"

#include <algorithm>
#include <string_view>

#include "daemon/store/local_transaction.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kColumns =
    "SELECT mapping, column_name, kind, old_type, new_type, detail, mapping_lines, mapping_hash, "
    "stops, first_seen, last_seen FROM drift ";
constexpr std::string_view kOfMapping = "WHERE mapping = $1";
constexpr std::string_view kInOrder = "ORDER BY mapping, first_seen, column_name, kind, new_type";
constexpr std::string_view kSee =
    "INSERT INTO drift (mapping, column_name, kind, old_type, new_type, detail, mapping_lines, "
    "mapping_hash, stops, first_seen, last_seen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
    "$10) ON CONFLICT (mapping, column_name, kind, new_type) DO UPDATE SET old_type = "
    "excluded.old_type, detail = excluded.detail, mapping_lines = excluded.mapping_lines, "
    "mapping_hash = excluded.mapping_hash, stops = excluded.stops, last_seen = excluded.last_seen";
constexpr std::string_view kClose =
    "DELETE FROM drift WHERE mapping = $1 AND column_name = $2 AND kind = $3 AND new_type = $4";

bool has(const std::vector<OpenDrift>& all, const OpenDrift& wanted) {
    return std::any_of(all.begin(), all.end(), [&wanted](const OpenDrift& each) {
        return each.column == wanted.column && each.kind == wanted.kind &&
               each.new_type == wanted.new_type;
    });
}

std::vector<OpenDrift> taken(std::unique_ptr<sql::Rows> rows) {
    std::vector<OpenDrift> all;
    while (rows->next()) {
        all.push_back({rows->text(0),
                       rows->text(1),
                       rows->text(2),
                       rows->text(3),
                       rows->text(4),
                       rows->text(5),
                       rows->text(6),
                       rows->text(7),
                       rows->boolean(8),
                       rows->timestamp(9),
                       rows->timestamp(10)});
    }
    return all;
}

}  // namespace

void DriftRepository::see(const std::string& mapping,
                          const OpenDrift& change,
                          base::Timestamp now) {
    connection_.execute(kSee,
                        {mapping,
                         change.column,
                         change.kind,
                         change.old_type,
                         change.new_type,
                         change.detail,
                         change.mapping_lines,
                         change.mapping_hash,
                         change.stops,
                         now});
}

void DriftRepository::found(const std::string& mapping,
                            const std::vector<OpenDrift>& changes,
                            base::Timestamp now) {
    LocalTransaction transaction(connection_);
    for (const OpenDrift& change : changes) {
        see(mapping, change, now);
    }
    transaction.commit();
}

std::vector<OpenDrift> DriftRepository::found_all(const std::string& mapping,
                                                  const std::vector<OpenDrift>& changes,
                                                  base::Timestamp now) {
    std::vector<OpenDrift> gone =
        taken(connection_.query(std::string(kColumns) + std::string(kOfMapping), {mapping}));
    // The usual case writes nothing.
    if (gone.empty() && changes.empty()) {
        return {};
    }
    std::erase_if(gone, [&changes](const OpenDrift& each) { return has(changes, each); });
    LocalTransaction transaction(connection_);
    for (const OpenDrift& change : changes) {
        see(mapping, change, now);
    }
    for (const OpenDrift& change : gone) {
        connection_.execute(kClose, {mapping, change.column, change.kind, change.new_type});
    }
    transaction.commit();
    return gone;
}

std::vector<OpenDrift> DriftRepository::all() {
    return taken(connection_.query(std::string(kColumns) + std::string(kInOrder), {}));
}

}  // namespace hrbridge::store
