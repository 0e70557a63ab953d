#include "migration/spot_check/lot.h"

#include <fmt/format.h>

#include "daemon/base/row_hash.h"
#include "daemon/store/scan_cells.h"
#include "migration/check/entity.h"

namespace hrbridge::spot_check {
namespace {}  // namespace

Lot::Lot(const check::Scope& scope, const std::vector<std::string>& entities)
    : scope_(scope), tables_(store::entity_tables(scope.connection)), entities_(entities) {
    const auto batches = scope_.connection.query(
        "SELECT b.id, r.mapping FROM batch b JOIN run r ON r.id = b.run_id", {});
    while (batches->next()) {
        mapping_of_batch_[batches->integer(0)] = batches->text(1);
    }
    for (const std::string& name : entities_) {
        const check::Entity entity(scope_, tables_, name);
        std::map<std::string, std::int64_t> rows_of;
        const auto rows = scope_.connection.query(
            fmt::format("SELECT e.batch_id, count(*) FROM {} e WHERE {} GROUP BY e.batch_id",
                        check::as_name(name),
                        entity.live("e", "")),
            {});
        while (rows->next()) {
            rows_of[mapping_of_batch_[rows->integer(0)]] += rows->integer(1);
        }
        for (const auto& [mapping, count] : rows_of) {
            places_[{name, mapping}] = strata_.size();
            strata_.push_back({name, mapping, count});
        }
    }
}

void Lot::scan_entity(const std::string& name,
                      const std::string& where,
                      const std::function<void(const LotRow&)>& row) const {
    const check::Entity entity(scope_, tables_, name);
    std::string joins;
    std::string columns = "e.id, e.batch_id";
    std::vector<base::FieldType> types{{base::Kind::Int}, {base::Kind::Int}};
    const auto parts = entity.key_parts("e", joins);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        columns += ", " + parts[i];
        types.push_back(entity.shown_type(entity.table().key[i]));
    }
    base::RowHasher key;
    scope_.connection.scan(
        fmt::format("SELECT {} FROM {} e{} WHERE {}",
                    columns,
                    check::as_name(name),
                    joins,
                    entity.live("e", where)),
        types,
        [&](std::span<const store::sql::ScanCell> cells) {
            for (std::size_t i = 2; i < cells.size(); ++i) {
                store::add_cell(key, types[i], cells[i]);
            }
            const auto mapping = mapping_of_batch_.find(cells[1].word);
            row({places_.at(
                     {name, mapping == mapping_of_batch_.end() ? std::string() : mapping->second}),
                 cells[0].word,
                 key.canonical()});
            key.finish();
        });
}

void Lot::scan(const std::function<void(const LotRow&)>& row) const {
    for (const std::string& entity : entities_) {
        scan_entity(entity, "", row);
    }
}

Lot::Keys Lot::must_check(const std::vector<project::MustCheck>& conditions) const {
    Keys keys;
    for (const project::MustCheck& condition : conditions) {
        scan_entity(condition.entity, condition.where, [&](const LotRow& row) {
            keys.emplace(row.stratum, std::string(row.key));
        });
    }
    return keys;
}

}  // namespace hrbridge::spot_check
