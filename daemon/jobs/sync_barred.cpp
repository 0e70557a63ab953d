#include <algorithm>
#include <stdexcept>
#include <utility>

#include "daemon/jobs/sync_run.h"

// The part of a run that leaves out what must not come into the store.
namespace hrbridge::jobs {

const store::EntityTable& SyncRun::entity() const {
    return *std::find_if(session_->entities.begin(),
                         session_->entities.end(),
                         [&](const auto& each) { return each.name == mapping_.entity; });
}

BarredRows::Setting SyncRun::barred_setting() const {
    return {mapping_, entity(), erased_, *parts_.keys, today(), term_.term};
}

BarredRows* SyncRun::barred_among(const std::vector<base::DescribedColumn>& columns) {
    kept_barred_.reset();
    if (!cleared_ || barred_setting().bars_nothing()) {
        return nullptr;
    }
    auto rows = BarredRows::make(barred_setting(), columns);
    if (!rows) {
        throw std::logic_error(rows.fault().what);  // the mapper had the same columns
    }
    kept_barred_.emplace(std::move(rows).value());
    return &*kept_barred_;
}

void SyncRun::make_connector(connectors::Connector& source) {
    note_passed_over();
    connector_.reset();
    cleared_.reset();
    connectors::Connector* real = &source;
    if (parts_.erased && parts_.keys != nullptr) {
        erased_ = std::make_shared<const store::ErasedPeople>(parts_.erased());
        term_ = parts_.fact_term ? parts_.fact_term(mapping_.entity) : store::FactTermState();
        cleared_.emplace(source, barred_setting());
        real = &*cleared_;
    }
    connector_.emplace(*real, [this] { return obstacle(); });
}

void SyncRun::note_passed_over() {
    if (cleared_) {
        passed_over_ += cleared_->passed_over();
        too_old_ += cleared_->too_old();
        if (term_.term && cleared_->too_old() > 0) {
            kept_from_ = base::to_string(term_.term->kept_from);
        }
    }
}

// With the batch, so that a row which was passed over is not read again for it.
void SyncRun::retire_passed_over(store::BatchWriter& writer, const store::Checkpoint& checkpoint) {
    if (!cleared_) {
        return;
    }
    auto keys = cleared_->take_keys(checkpoint.position, checkpoint.complete);
    if (!keys.empty()) {
        writer.retire(std::move(keys));
    }
}

void SyncRun::note_retired(std::int64_t rows) const {
    if (rows > 0) {
        parts_.log.notice("rows are of erased people or of days past their term now, and are gone",
                          {{"mapping", mapping_.name}, {"rows", std::to_string(rows)}});
    }
}

}  // namespace hrbridge::jobs
