#include "daemon/jobs/barred_rows.h"

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

// Whether nothing but fields that lead to people takes the column, so that NULL in it changes no
// other field, nor by what the source knows the row.
bool is_apart(const engine::Mapping& mapping,
              const std::vector<Lead>& leads,
              const std::string& column) {
    const auto same = [&](const std::string& name) { return base::same_name(name, column); };
    if (std::any_of(mapping.key.begin(), mapping.key.end(), same) || same(mapping.sync.window_by)) {
        return false;
    }
    return std::none_of(
        mapping.fields.begin(), mapping.fields.end(), [&](const engine::FieldRule& field) {
            const bool names = std::any_of(leads.begin(), leads.end(), [&](const Lead& lead) {
                return lead.field == &field && !lead.subject;
            });
            return !names && engine::reads_column(field, column);
        });
}

// Whether the entity is keyed by one text that leads to nobody.
bool has_plain_key(const store::EntityTable& table) {
    if (table.key.size() != 1 || table.name == store::kPerson) {
        return false;
    }
    return std::any_of(table.columns.begin(), table.columns.end(), [&](const auto& column) {
        return column.name == table.key.front() && column.type.kind == base::Kind::Text &&
               column.references.empty();
    });
}

// The field that says of which day a row is, a constant too; nullptr: none does.
const engine::FieldRule* day_field(const BarredRows::Setting& setting) {
    if (!setting.term) {
        return nullptr;
    }
    const auto& fields = setting.mapping.fields;
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& each) {
        return each.target == setting.term->entity->day;
    });
    return found == fields.end() ? nullptr : &*found;
}

constexpr std::string_view kSeparators = " \t\r\n,;|=\"'<>{}[]&:()/";
constexpr std::string_view kLeftOut = "\n(left out: it has the number of somebody who was erased)";

}  // namespace

BarredRows::BarredRows(const Setting& setting)
    : erased_(setting.erased), digest_(setting.keys.digest(store::kErasedPurpose)) {}

base::Result<BarredRows> BarredRows::make(const Setting& setting,
                                          const std::vector<base::DescribedColumn>& columns) {
    BarredRows made(setting);
    std::vector<Lead> leads;
    if (!setting.erased->empty()) {  // a reading for the days alone may lack the other columns
        leads = leads_of(setting.mapping, setting.table);
    }
    for (const Lead& lead : leads) {
        auto mapper = engine::Mapper::make(
            engine::field_part(setting.mapping, *lead.field), columns, setting.today);
        if (!mapper) {
            return mapper.fault();
        }
        const auto names = engine::columns_of(*lead.field);
        Field field{lead.label,
                    lead.subject,
                    std::move(mapper).value(),
                    {},
                    names.size() == 1 && is_apart(setting.mapping, leads, names.front())};
        for (const std::string& name : names) {
            if (const auto column = index_of(columns, name)) {
                field.columns.push_back(*column);
            }
        }
        made.fields_.push_back(std::move(field));
    }
    if (const engine::FieldRule* const field = day_field(setting)) {
        auto mapper = engine::Mapper::make(
            engine::field_part(setting.mapping, *field), columns, setting.today);
        if (!mapper) {
            return mapper.fault();
        }
        made.day_.emplace(Day{std::move(mapper).value(), setting.term->first_word()});
    }
    if (has_plain_key(setting.table)) {
        auto mapper =
            engine::Mapper::make(engine::key_part(setting.mapping), columns, setting.today);
        if (mapper) {
            made.key_mapper_.emplace(std::move(mapper).value());
        }
    }
    made.record_ = index_of(columns, base::kMalformedColumn);
    return made;
}

std::vector<std::string> BarredRows::columns_of(const engine::Mapping& mapping,
                                                const store::EntityTable& table) {
    std::vector<std::string> columns;
    for (const Lead& lead : leads_of(mapping, table)) {
        const auto read = engine::columns_of(*lead.field);
        columns.insert(columns.end(), read.begin(), read.end());
    }
    return columns;
}

std::vector<std::string> BarredRows::columns_of(const Setting& setting) {
    std::vector<std::string> columns;
    if (setting.erased && !setting.erased->empty()) {
        columns = columns_of(setting.mapping, setting.table);
    }
    if (const engine::FieldRule* const field = day_field(setting)) {
        const auto read = engine::columns_of(*field);
        columns.insert(columns.end(), read.begin(), read.end());
    }
    return columns;
}

bool BarredRows::Setting::bars_nothing() const {
    return (!erased || erased->empty()) && !term;
}

void BarredRows::judge(const base::RawBlock& block, Keys wanted) {
    barred_.assign(block.rows, Why::No);
    names_.clear();
    broken_.clear();
    keys_.clear();
    kept_keys_.clear();
    if (day_) {
        look_at_days(block);
    }
    for (Field& field : fields_) {
        look(field, block);
    }
    std::sort(names_.begin(), names_.end());
    look_at_records(block);
    const bool any = wanted == Keys::All || (wanted == Keys::WhereBarred && barred() > 0);
    if (key_mapper_ && any) {
        find_keys(block);
    }
}

bool BarredRows::is_erased(const std::string& label, std::string_view number) {
    return erased_->holds(store::erased_digest(digest_, label, number));
}

void BarredRows::look(Field& field, const base::RawBlock& block) {
    field.mapper.map(block, field.mapped);
    const base::Batch& batch = field.mapped.batch;
    const base::Column& numbers = batch.columns.front();
    for (std::size_t i = 0; i < batch.source_rows.size(); ++i) {
        if (!numbers.is_null(i) && is_erased(field.label, numbers.bytes(i))) {
            note(field, batch.source_rows[i]);
        }
    }
    for (const engine::RowFault& fault : field.mapped.rejects) {
        const bool erased =
            std::any_of(field.columns.begin(), field.columns.end(), [&](std::size_t column) {
                return is_erased(field.label, base::trim(block.columns[column].cell(fault.row)));
            });
        if (erased) {
            note(field, fault.row);
        }
    }
}

void BarredRows::look_at_days(const base::RawBlock& block) {
    day_->mapper.map(block, day_->mapped);
    const base::Batch& batch = day_->mapped.batch;
    const base::Column& days = batch.columns.front();
    for (std::size_t i = 0; i < batch.source_rows.size(); ++i) {
        if (!days.is_null(i) && days.word(i) < day_->first_kept) {
            barred_[batch.source_rows[i]] = Why::TooOld;
        }
    }
}

void BarredRows::note(const Field& field, std::size_t row) {
    if (field.subject) {
        barred_[row] = Why::Erased;
    } else if (field.blanks) {
        names_.push_back({row, field.columns.front()});
    }
}

void BarredRows::look_at_records(const base::RawBlock& block) {
    if (!record_ || erased_->empty()) {
        return;
    }
    for (std::size_t row = 0; row < block.rows; ++row) {
        if (block.columns[*record_].has_bytes(row) &&
            has_number(block.columns[*record_].cell(row))) {
            broken_.insert(row);
        }
    }
}

bool BarredRows::has_number(std::string_view record) {
    std::size_t end = 0;
    while (true) {
        const std::size_t begin = record.find_first_not_of(kSeparators, end);
        if (begin == std::string_view::npos) {
            return false;
        }
        end = std::min(record.find_first_of(kSeparators, begin), record.size());
        const std::string_view word = record.substr(begin, end - begin);
        if (std::any_of(fields_.begin(), fields_.end(), [&](const Field& field) {
                return is_erased(field.label, word);
            })) {
            return true;
        }
    }
}

void BarredRows::find_keys(const base::RawBlock& block) {
    key_mapper_->map(block, mapped_);
    const base::Batch& batch = mapped_.batch;
    const base::Column& keys = batch.columns.front();
    for (std::size_t i = 0; i < batch.source_rows.size(); ++i) {
        if (keys.is_null(i)) {
            continue;
        }
        const std::string key(keys.bytes(i));
        std::optional<std::int64_t> time;
        if (!batch.times.empty()) {
            time = batch.times[i];
        }
        if (is_barred(batch.source_rows[i])) {
            note_barred(key, time, keys_);
        } else {
            note_kept(key, time, keys_);
            kept_keys_[key] = time;
        }
    }
}

void BarredRows::note_barred(const std::string& key,
                             std::optional<std::int64_t> time,
                             store::RetiredKeys& keys) {
    std::optional<std::int64_t>& newest = keys[key];
    newest = std::max(newest, time);  // absent is the least
}

void BarredRows::note_kept(const std::string& key,
                           std::optional<std::int64_t> time,
                           store::RetiredKeys& keys) {
    const auto found = keys.find(key);
    if (found != keys.end() && (!time || !found->second || *time >= *found->second)) {
        keys.erase(found);
    }
}

std::int64_t BarredRows::barred() const {
    return static_cast<std::int64_t>(barred_.size()) -
           std::count(barred_.begin(), barred_.end(), Why::No);
}

std::int64_t BarredRows::too_old() const {
    return std::count(barred_.begin(), barred_.end(), Why::TooOld);
}

bool BarredRows::found_any() const {
    return !names_.empty() || !broken_.empty() || barred() > 0;
}

base::RawBlock BarredRows::without(const base::RawBlock& block) const {
    base::RawBlock out;
    out.columns.resize(block.columns.size());
    out.position = block.position;
    for (std::size_t column = 0; column < block.columns.size(); ++column) {
        const base::RawColumn& from = block.columns[column];
        base::RawColumn& to = out.columns[column];
        to.use_packed();
        for (std::size_t row = 0; row < block.rows; ++row) {
            if (is_barred(row)) {
                continue;
            }
            if (std::binary_search(names_.begin(), names_.end(), Cell{row, column})) {
                to.append_null();
            } else if (record_ == column && broken_.contains(row)) {
                const std::string_view record = from.cell(row);
                to.append(std::string(record.substr(0, record.find('\n'))) + std::string(kLeftOut));
            } else {
                copy_cell(from, row, to);
            }
        }
    }
    for (std::size_t row = 0; row < block.kept_as.size(); ++row) {
        if (!is_barred(row)) {
            out.kept_as.push_back(block.kept_as[row]);
        }
    }
    out.passed_over = block.passed_over + static_cast<std::size_t>(barred());
    out.rows = block.rows - static_cast<std::size_t>(barred());
    return out;
}

}  // namespace hrbridge::jobs
