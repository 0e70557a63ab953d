#include "migration/promotion/changes.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/store/content_sum.h"
#include "migration/promotion/row_keys.h"

namespace hrbridge::promotion {
namespace {

constexpr std::size_t kKeysShown = 100;
constexpr std::int64_t kRowsAtATime = 20'000;

}  // namespace

bool Changes::look(const PromotedEntity& entity) {
    const auto sum = store::read_content_sum(live_, entity.table.name, false);
    if (!sum) {
        return false;
    }
    const bool postgres = live_.dialect() == store::sql::Dialect::Postgres;
    live_.run_script(
        fmt::format("DROP TABLE IF EXISTS {0}.{1}; CREATE TEMP TABLE {1} (row_id {2} "
                    "PRIMARY KEY){3}",
                    postgres ? "pg_temp" : "temp",
                    entity.left(),
                    postgres ? "bigint" : "INTEGER",
                    postgres ? " ON COMMIT DROP" : ""));
    store::RowImages images(live_, entity.table, sum->columns);
    for (const Act act : {Act::Inserted, Act::Updated, Act::Confirmed, Act::Gone}) {
        std::int64_t last = 0;
        std::int64_t rows = kRowsAtATime;
        while (rows == kRowsAtATime) {
            rows = 0;
            std::vector<Changed> changed;
            images.scan(fmt::format("SELECT {}, p.image FROM promotion_row p JOIN {} t ON t.id = "
                                    "p.row_id WHERE p.promotion_id = {} AND p.place = {} AND p.act "
                                    "= {} AND p.row_id > {} ORDER BY p.row_id LIMIT {}",
                                    images.columns("t"),
                                    entity.table.name,
                                    promoted_.id,
                                    entity.place,
                                    static_cast<int>(act),
                                    last,
                                    kRowsAtATime),
                        base::Kind::Bytes,
                        [&](const store::RowImages::Row& row, const store::sql::ScanCell& was) {
                            ++rows;
                            last = row.id;
                            if (row.image.digest() != was.bytes) {
                                changed.push_back({row.id, row.batch});
                            }
                        });
            decide(entity, act, changed);
        }
    }
    return true;
}

// Of a row that was only confirmed the promotion changed no value: what came since stays.
bool Changes::stays(const std::string& entity, Act act, std::int64_t row, bool& decided) {
    const auto decision = decisions_.find({entity, row});
    decided = decision != decisions_.end();
    if (decided) {
        used_.insert(decision->first);
    }
    return decided ? decision->second == Decision::Keep : act == Act::Confirmed;
}

void Changes::decide(const PromotedEntity& entity, Act act, const std::vector<Changed>& changed) {
    const std::string& name = entity.table.name;
    base::Column left("row_id", base::FieldType{base::Kind::Int});
    Kept& kept = kept_[name];
    std::vector<std::int64_t> kept_ids;
    std::vector<std::int64_t> open_ids;
    const std::size_t first = open_.size();
    for (const Changed& each : changed) {
        bool decided = false;
        if (stays(name, act, each.row, decided)) {
            left.append_word(each.row);
            if (kept.keys.size() + kept_ids.size() < kKeysShown) {
                kept_ids.push_back(each.row);
            }
        } else if (!decided && ++open_rows_ && open_.size() < kConflictsNamed) {
            open_.push_back({name, each.row, {}, act, each.batch <= promoted_.last_batch});
            open_ids.push_back(each.row);
        }
    }
    kept.rows += static_cast<std::int64_t>(left.rows());
    for (std::string& key : row_keys(live_, tables_, entity.table, kept_ids)) {
        kept.keys.push_back(std::move(key));
    }
    auto keys = row_keys(live_, tables_, entity.table, open_ids);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        open_[first + i].key = std::move(keys[i]);
    }
    if (left.rows() > 0) {
        const base::Column* const columns[] = {&left};
        live_.bulk_insert(entity.left(), columns);
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
    Kept kept = kept_[entity.table.name];
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
    for (std::string& key : row_keys(live_, tables_, entity.table, ids)) {
        kept.keys.push_back(std::move(key));
    }
    kept.keys.resize(std::min(kept.keys.size(), kKeysShown));
    return kept;
}

}  // namespace hrbridge::promotion
