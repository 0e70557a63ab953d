#include "migration/spot_check/sheet_maker.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "mappings/engine/key_part.h"
#include "migration/spot_check/decoy.h"
#include "migration/spot_check/target_rows.h"

namespace hrbridge::spot_check {
namespace {

// Whether the mapping's author has said what the column holds.
bool is_known(const engine::Mapping& mapping, const std::string& column) {
    const bool finds_rows =
        base::same_name(mapping.sync.window_by, column) ||
        std::any_of(mapping.key.begin(), mapping.key.end(), [&](const std::string& name) {
            return base::same_name(name, column);
        });
    return finds_rows ||
           std::any_of(mapping.fields.begin(), mapping.fields.end(), [&](const auto& field) {
               return engine::reads_column(field, column);
           });
}

bool is_personal(const engine::Mapping& mapping,
                 const RowContent& content,
                 const std::string& column) {
    if (!is_known(mapping, column)) {
        return true;
    }
    return std::any_of(mapping.fields.begin(), mapping.fields.end(), [&](const auto& field) {
        if (!engine::reads_column(field, column)) {
            return false;
        }
        const SheetField* const target = content.find(field.target);
        return !field.pii.empty() || (target != nullptr && target->personal);
    });
}

void add_columns(const engine::Mapping& mapping, const FreshRow& fresh, RowContent& content) {
    for (SheetField& field : content.fields) {
        for (const engine::FieldRule& rule : mapping.fields) {
            if (rule.target != field.name || !rule.stored) {
                continue;
            }
            for (const FreshRow::Cell& cell : fresh.cells) {
                if (engine::reads_column(rule, cell.column)) {
                    field.columns.push_back(cell.column);
                }
            }
        }
    }
    for (const FreshRow::Cell& cell : fresh.cells) {
        content.source.push_back(
            {cell.column, cell.text, is_personal(mapping, content, cell.column)});
    }
    // What stands beside a personal value shows it.
    for (SheetField& field : content.fields) {
        for (const std::string& column : field.columns) {
            const SourceCell* const cell = content.cell(column);
            field.personal = field.personal || (!field.key && cell != nullptr && cell->personal);
        }
    }
}

}  // namespace

SheetMaker::SheetMaker(const check::Scope& scope,
                       const Plan& plan,
                       SourceReader& sources,
                       const base::Zone& zone)
    : scope_(scope),
      plan_(plan),
      sources_(sources),
      zone_(zone),
      tables_(store::entity_tables(scope.connection)) {}

const engine::Mapping* SheetMaker::mapping_of(const Stratum& stratum) const {
    for (const engine::Mapping* const mapping : scope_.mappings) {
        if (mapping->name == stratum.mapping) {
            return mapping;
        }
    }
    return nullptr;
}

void SheetMaker::add_targets(std::size_t stratum,
                             const std::vector<WantedRow>& rows,
                             std::vector<Made>& made) const {
    std::vector<std::int64_t> ids;
    for (const WantedRow& row : rows) {
        if (row.stratum == stratum) {
            ids.push_back(row.id);
        }
    }
    auto targets = read_target(scope_, tables_, plan_.strata[stratum].entity, ids, zone_);
    for (const WantedRow& row : rows) {
        const auto found = row.stratum == stratum ? targets.find(row.id) : targets.end();
        if (found == targets.end()) {
            continue;
        }
        RowContent content = std::move(found->second.content);
        content.kind = row.kind;
        content.stratum = static_cast<std::int64_t>(stratum);
        content.mapping = plan_.strata[stratum].mapping;
        made.push_back({&row, found->second.match, std::move(content)});
    }
}

// Up to where the load has read, by the source's own clock. A row that the source changed later
// says so by its watermark; nothing else shows that a difference is not the migration's.
std::optional<base::Timestamp> SheetMaker::read_until(const engine::Mapping& mapping) const {
    if (mapping.sync.window_by.empty()) {
        return std::nullopt;
    }
    std::optional<base::Timestamp> until;
    const auto rows = scope_.connection.query(
        "SELECT window_to FROM run WHERE mapping = $1 AND window_to IS NOT NULL", {mapping.name});
    while (rows->next()) {
        until = until ? std::max(*until, rows->timestamp(0)) : rows->timestamp(0);
    }
    return until;
}

std::optional<base::Fault> SheetMaker::add_sources(const engine::Mapping& mapping,
                                                   std::vector<Made>& made,
                                                   std::size_t begin,
                                                   const std::stop_token& stop) {
    std::set<std::string> keys;
    for (std::size_t i = begin; i < made.size(); ++i) {
        keys.insert(made[i].match);
    }
    const auto fresh = sources_.read(mapping, keys, stop);
    if (!fresh) {
        return fresh.fault();
    }
    const auto until = read_until(mapping);
    for (std::size_t i = begin; i < made.size(); ++i) {
        const auto found = fresh->find(made[i].match);
        if (found == fresh->end()) {
            continue;
        }
        RowContent& content = made[i].content;
        add_columns(mapping, found->second, content);
        content.source_rows = found->second.rows;
        const auto& changed_at = found->second.changed_at;
        if (until && changed_at && *changed_at >= *until) {
            content.changed = base::to_string(zone_.to_local(*changed_at));
        }
    }
    return std::nullopt;
}

std::optional<base::Fault> SheetMaker::plant_decoys(std::vector<Made>& made,
                                                    const std::vector<WantedRow>& rows,
                                                    std::int64_t decoys,
                                                    const sampling::Digest& seed) const {
    std::vector<std::vector<RowContent>> real(plan_.strata.size());
    for (const Made& each : made) {
        real[each.wanted->stratum].push_back(each.content);
    }
    std::int64_t planted = 0;
    std::set<const WantedRow*> unused;
    for (const WantedRow& row : rows) {
        if (row.kind != RowKind::Decoy) {
            continue;
        }
        const auto found = std::find_if(
            made.begin(), made.end(), [&](const Made& each) { return each.wanted == &row; });
        std::vector<const RowContent*> others;
        for (const RowContent& each : real[row.stratum]) {
            others.push_back(&each);
        }
        const engine::Mapping* const mapping = mapping_of(plan_.strata[row.stratum]);
        if (planted < decoys && found != made.end() && mapping != nullptr &&
            plant(found->content, *mapping, others, seed)) {
            ++planted;
        } else {
            unused.insert(&row);
        }
    }
    std::erase_if(made, [&](const Made& each) { return unused.contains(each.wanted); });
    if (planted < decoys) {
        return base::Fault{"decoys",
                           fmt::format("only {} of {} decoys could be made: the sources no longer "
                                       "have the rows; rehearse anew",
                                       planted,
                                       decoys)};
    }
    return std::nullopt;
}

base::Result<std::vector<RowContent>> SheetMaker::make(const std::vector<WantedRow>& rows,
                                                       std::int64_t decoys,
                                                       const sampling::Digest& seed,
                                                       const std::stop_token& stop) {
    std::vector<Made> made;
    for (std::size_t h = 0; h < plan_.strata.size(); ++h) {
        const std::size_t begin = made.size();
        add_targets(h, rows, made);
        const engine::Mapping* const mapping = mapping_of(plan_.strata[h]);
        if (begin == made.size() || mapping == nullptr) {
            continue;
        }
        if (auto fault = add_sources(*mapping, made, begin, stop)) {
            return *fault;
        }
    }
    if (auto fault = plant_decoys(made, rows, decoys, seed)) {
        return *fault;
    }
    std::stable_sort(made.begin(), made.end(), [](const Made& a, const Made& b) {
        return std::pair(a.wanted->stratum, a.wanted->order) <
               std::pair(b.wanted->stratum, b.wanted->order);
    });
    std::vector<RowContent> out;
    for (Made& each : made) {
        out.push_back(std::move(each.content));
    }
    return out;
}

}  // namespace hrbridge::spot_check
