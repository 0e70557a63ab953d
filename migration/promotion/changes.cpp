#include "migration/promotion/changes.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/store/batch_writer.h"
#include "daemon/store/content_sum.h"
#include "daemon/store/sweep_repository.h"

namespace hrbridge::promotion {
namespace {

constexpr std::size_t kKeysShown = 100;

}  // namespace

// As people know them.
std::vector<std::string> Changes::keys_of(const store::EntityTable& table,
                                          const std::vector<std::int64_t>& ids) {
    store::BatchPlan names;
    names.table = table;
    for (const store::EntityColumn& column : table.columns) {
        const auto parent = std::find_if(tables_.begin(), tables_.end(), [&](const auto& each) {
            return each.name == column.references;
        });
        if (parent != tables_.end()) {
            store::ReferenceField field;
            field.column = column.name;
            field.entity = parent->name;
            field.key_column = parent->key.front();
            names.references.push_back(std::move(field));
        }
    }
    return store::shown_keys(live_, names, ids);
}

bool Changes::look(const PromotedEntity& entity) {
    const auto sum = store::read_content_sum(live_, entity.table.name, false);
    if (!sum) {
        return false;
    }
    struct Changed {
        std::int64_t row = 0;
        std::int64_t batch = 0;
        Act act = Act::Updated;
    };
    store::RowImages images(live_, entity.table, sum->columns);
    std::vector<Changed> changed;
    for (const Act act : {Act::Inserted, Act::Updated, Act::Confirmed, Act::Gone}) {
        images.scan(fmt::format("SELECT {}, p.image FROM promotion_row p JOIN {} t ON t.id = "
                                "p.row_id WHERE p.promotion_id = {} AND p.place = {} AND p.act = "
                                "{} ORDER BY t.id",
                                images.columns("t"),
                                entity.table.name,
                                promoted_.id,
                                entity.place,
                                static_cast<int>(act)),
                    base::Kind::Bytes,
                    [&](const store::RowImages::Row& row, const store::sql::ScanCell& was) {
                        if (row.image.digest() != was.bytes) {
                            changed.push_back({row.id, row.batch, act});
                        }
                    });
    }
    std::vector<std::int64_t> ids;
    for (const Changed& each : changed) {
        ids.push_back(each.row);
    }
    const auto keys = keys_of(entity.table, ids);
    for (std::size_t i = 0; i < changed.size(); ++i) {
        const Changed& each = changed[i];
        decide(
            {entity.table.name, each.row, keys[i], each.act, each.batch <= promoted_.last_batch});
    }
    return true;
}

// Of a row that was only confirmed the promotion changed no value: what came since stays.
void Changes::decide(Conflict conflict) {
    const std::pair row(conflict.entity, conflict.row);
    const auto decision = decisions_.find(row);
    if (decision != decisions_.end()) {
        used_.insert(row);
    }
    const bool keep = decision == decisions_.end() ? conflict.act == Act::Confirmed
                                                   : decision->second == Decision::Keep;
    if (keep) {
        left_[conflict.entity].insert(conflict.row);
        kept_[conflict.entity].push_back(conflict.key);
    } else if (decision == decisions_.end()) {
        open_.push_back(std::move(conflict));
    }
}

std::vector<std::pair<std::string, std::int64_t>> Changes::needless() const {
    std::vector<std::pair<std::string, std::int64_t>> rows;
    for (const auto& [row, decision] : decisions_) {
        if (!used_.contains(row)) {
            rows.push_back(row);
        }
    }
    return rows;
}

Changes::Kept Changes::kept(const PromotedEntity& entity) {
    Kept kept;
    kept.keys = kept_[entity.table.name];
    kept.rows = static_cast<std::int64_t>(kept.keys.size());
    std::vector<std::int64_t> ids;
    {
        const auto rows = live_.query(
            fmt::format("SELECT t.id FROM {} t WHERE t.batch_id > $1 AND NOT EXISTS (SELECT 1 FROM "
                        "promotion_row p WHERE p.promotion_id = $2 AND p.place = $3 AND p.row_id = "
                        "t.id) ORDER BY t.id",
                        entity.table.name),
            {promoted_.last_batch, promoted_.id, entity.place});
        for (; rows->next(); ++kept.rows) {
            if (ids.size() < kKeysShown) {
                ids.push_back(rows->integer(0));
            }
        }
    }
    for (std::string& key : keys_of(entity.table, ids)) {
        kept.keys.push_back(std::move(key));
    }
    kept.keys.resize(std::min(kept.keys.size(), kKeysShown));
    return kept;
}

}  // namespace hrbridge::promotion
