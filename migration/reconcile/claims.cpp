#include "migration/reconcile/claims.h"

namespace hrbridge::reconcile {

Claims::Claims(store::sql::Connection& side,
               const std::vector<const engine::Mapping*>& mappings,
               const engine::Mapping& mapping)
    : name_(mapping.name) {
    std::vector<std::string> names;
    for (const engine::Mapping* const each : mappings) {
        if (each->entity == mapping.entity) {
            names.push_back(each->name);
        }
    }
    shared_ = names.size() > 1;
    first_ = names.empty() || names.front() == mapping.name;
    for (std::size_t i = 0; shared_ && i < names.size(); ++i) {
        const auto rows = side.query(
            "SELECT b.id FROM batch b JOIN run r ON r.id = b.run_id WHERE r.mapping = $1",
            {names[i]});
        while (rows->next()) {
            mapping_of_.emplace(rows->integer(0), names[i]);
        }
    }
}

bool Claims::is_ours(std::int64_t batch) const {
    if (!shared_) {
        return true;
    }
    const auto found = mapping_of_.find(batch);
    return found == mapping_of_.end() ? first_ : found->second == name_;
}

}  // namespace hrbridge::reconcile
