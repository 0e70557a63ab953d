#include "daemon/jobs/erased_rows.h"

#include <algorithm>
#include <utility>

#include "daemon/base/text.h"
#include "daemon/store/person_columns.h"
#include "mappings/engine/key_part.h"

namespace hrbridge::jobs {
namespace {

struct Lead {
    const engine::FieldRule* field;
    std::string label;
    bool subject;
};

// The fields that lead to a person.
std::vector<Lead> leads_of(const engine::Mapping& mapping, const store::EntityTable& table) {
    const auto columns = store::person_columns(table);
    const std::string own = store::own_number(table);
    std::vector<Lead> leads;
    for (const engine::FieldRule& field : mapping.fields) {
        if (!own.empty() && field.target == own) {
            leads.push_back({&field, table.name + "." + own, true});
            continue;
        }
        const auto column = std::find_if(columns.begin(), columns.end(), [&](const auto& each) {
            return each.column == field.target;
        });
        if (field.ref && column != columns.end()) {
            leads.push_back({&field, field.ref->entity + "." + field.ref->column, column->subject});
        }
    }
    return leads;
}

std::optional<std::size_t> index_of(const std::vector<base::DescribedColumn>& columns,
                                    std::string_view name) {
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& each) {
        return base::same_name(each.name, name);
    });
    return found == columns.end()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(found - columns.begin()));
}

void copy_cell(const base::RawColumn& from, std::size_t row, base::RawColumn& to) {
    if (from.is_absent(row)) {
        to.append_absent();
    } else if (from.is_null(row)) {
        to.append_null();
    } else {
        to.append(from.cell(row));
    }
}

}  // namespace

ErasedRows::ErasedRows(const Setting& setting)
    : erased_(setting.erased),
      digest_(setting.keys.digest(store::kErasedPurpose)),
      plain_(setting.plain) {}

base::Result<ErasedRows> ErasedRows::make(const Setting& setting,
                                          const std::vector<base::DescribedColumn>& columns) {
    ErasedRows made(setting);
    for (const Lead& lead : leads_of(setting.mapping, setting.table)) {
        auto mapper = engine::Mapper::make(
            engine::field_part(setting.mapping, *lead.field), columns, setting.today);
        if (!mapper) {
            return mapper.fault();
        }
        Field field{lead.label, lead.subject, std::move(mapper).value(), {}};
        for (const std::string& name : engine::columns_of(*lead.field)) {
            if (const auto column = index_of(columns, name)) {
                field.columns.push_back(*column);
            }
        }
        made.fields_.push_back(std::move(field));
    }
    return made;
}

std::vector<std::string> ErasedRows::columns_of(const engine::Mapping& mapping,
                                                const store::EntityTable& table) {
    std::vector<std::string> columns;
    for (const Lead& lead : leads_of(mapping, table)) {
        const auto read = engine::columns_of(*lead.field);
        columns.insert(columns.end(), read.begin(), read.end());
    }
    return columns;
}

void ErasedRows::judge(const base::RawBlock& block) {
    about_.assign(block.rows, 0);
    naming_.assign(block.rows, 0);
    names_.clear();
    for (Field& field : fields_) {
        look(field, block);
    }
    std::sort(names_.begin(), names_.end());
}

void ErasedRows::look(Field& field, const base::RawBlock& block) {
    field.mapper.map(block, field.mapped);
    const base::Batch& batch = field.mapped.batch;
    const base::Column& numbers = batch.columns.front();
    for (std::size_t i = 0; i < batch.source_rows.size(); ++i) {
        if (!numbers.is_null(i) &&
            erased_->holds(store::erased_digest(digest_, field.label, numbers.bytes(i)))) {
            note(field, batch.source_rows[i]);
        }
    }
    if (plain_.empty()) {
        return;
    }
    for (const engine::RowFault& fault : field.mapped.rejects) {
        if (holds_plain(field, block, fault.row)) {
            note(field, fault.row);
        }
    }
}

void ErasedRows::note(const Field& field, std::size_t row) {
    if (field.subject) {
        about_[row] = 1;
        return;
    }
    naming_[row] = 1;
    for (const std::size_t column : field.columns) {
        names_.push_back({row, column});
    }
}

bool ErasedRows::holds_plain(const Field& field,
                             const base::RawBlock& block,
                             std::size_t row) const {
    return std::any_of(field.columns.begin(), field.columns.end(), [&](std::size_t column) {
        const std::string text = base::to_lower_ascii(base::trim(block.columns[column].cell(row)));
        return std::find(plain_.begin(), plain_.end(), text) != plain_.end();
    });
}

std::int64_t ErasedRows::about() const {
    return std::count(about_.begin(), about_.end(), std::uint8_t{1});
}

bool ErasedRows::found_any() const {
    return !names_.empty() || about() > 0;
}

base::RawBlock ErasedRows::without(const base::RawBlock& block) const {
    base::RawBlock out;
    out.columns.resize(block.columns.size());
    out.position = block.position;
    for (std::size_t column = 0; column < block.columns.size(); ++column) {
        base::RawColumn& to = out.columns[column];
        to.use_packed();
        for (std::size_t row = 0; row < block.rows; ++row) {
            if (is_about(row)) {
                continue;
            }
            if (std::binary_search(names_.begin(), names_.end(), Cell{row, column})) {
                to.append_null();
            } else {
                copy_cell(block.columns[column], row, to);
            }
        }
    }
    out.rows = block.rows - static_cast<std::size_t>(about());
    return out;
}

}  // namespace hrbridge::jobs
